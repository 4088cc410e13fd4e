# Core as docs/deploy.md installs it. No test builds this image: there is no container engine where the tests run.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN python3 -m venv /opt/core
RUN /opt/core/bin/pip install --require-hashes -r requirements/run.txt
RUN /opt/core/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 core && install -d -o core -m 700 /var/lib/core
COPY --from=build /opt/core /opt/core
ENV PATH=/opt/core/bin:$PATH \
    CORE_HOST=0.0.0.0 \
    CORE_LOG_FORMAT=json \
    CORE_IMPORT_FOLDER=/var/lib/core/imports \
    DATABASE_URL=sqlite:////var/lib/core/core.db
USER core
WORKDIR /var/lib/core
VOLUME /var/lib/core
EXPOSE 8000
HEALTHCHECK CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=3)"]
ENTRYPOINT ["core"]
CMD ["serve"]
