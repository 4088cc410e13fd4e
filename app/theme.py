"""Colours for light and dark, and the sizes that views share."""

import flet as ft

SEED = "#0F766E"
WIDE_PX = 720
"""The least width at which the library is a grid."""
CONTENT_PX = 1120
COLUMN_PX = 560
GAP = 12
SIDE = 16

PLACEHOLDER_HUES = ("#0F766E", "#1D4ED8", "#7C3AED", "#BE185D", "#C2410C", "#4D7C0F", "#0369A1")
"""Colours for a missing thumbnail; each video always gets the same."""


def _theme(brightness: ft.Brightness) -> ft.Theme:
    dark = brightness == ft.Brightness.DARK
    scheme = ft.ColorScheme(
        primary="#5EEAD4" if dark else "#0F766E",
        on_primary="#042F2E" if dark else "#FFFFFF",
        surface="#101413" if dark else "#FAFAF7",
        on_surface="#E7ECEA" if dark else "#16201E",
        on_surface_variant="#A3B1AD" if dark else "#55635F",
        surface_container_low="#171D1B" if dark else "#FFFFFF",
        surface_container="#1C2321" if dark else "#F1F3EF",
        surface_container_high="#242C2A" if dark else "#E9EDE8",
        secondary_container="#134E4A" if dark else "#CCFBF1",
        on_secondary_container="#CCFBF1" if dark else "#134E4A",
        outline_variant="#2C3633" if dark else "#DDE3DE",
    )
    return ft.Theme(
        color_scheme_seed=SEED,
        color_scheme=scheme,
        visual_density=ft.VisualDensity.COMFORTABLE,
    )


LIGHT = _theme(ft.Brightness.LIGHT)
DARK = _theme(ft.Brightness.DARK)
