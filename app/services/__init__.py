"""The app's two services: AuthService signs a user in with Clerk, ApiService calls Core.

Every failure is raised as Failed (errors.py).
"""

from app.services.api import ApiService
from app.services.auth import AuthService
from app.services.http import Client, open_client

__all__ = ["ApiService", "AuthService", "Client", "open_client"]
