# The collector. `docker build .` has the embedded engine in it; `--build-arg WITH_EMBEDDED=0` leaves it out
# (some 800 MB less), for a collector that always writes to a ClickHouse server.

FROM python:3.13-slim-bookworm AS wheel
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY collector collector
COPY js-snippet/dist js-snippet/dist
COPY dashboards/web dashboards/web
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim-bookworm AS install
ARG WITH_EMBEDDED=1
COPY requirements.lock /build/requirements.lock
COPY --from=wheel /wheels /build/wheels
RUN python -m venv --without-pip /opt/collector
# The lock fixes versions and hashes of everything; which of it is needed, the wheel and its extra say.
RUN --mount=type=cache,target=/root/.cache/pip set -eu; \
    wheel=$(ls /build/wheels/*.whl); \
    extra='[s3]'; if [ "$WITH_EMBEDDED" = 1 ]; then extra='[embedded,s3]'; fi; \
    echo "interaction-collector$extra @ file://$wheel --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)" \
        > /build/wheel.txt; \
    pip --python /opt/collector/bin/python install --require-hashes --only-binary :all: \
        --constraint /build/requirements.lock --requirement /build/wheel.txt

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="interaction-collector" org.opencontainers.image.licenses="MIT"
COPY --from=install /opt/collector /opt/collector
RUN groupadd --gid 10001 collector \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin collector \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data
ENV PATH=/opt/collector/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COLLECTOR_HOST=0.0.0.0 \
    COLLECTOR_PORT=8000 \
    COLLECTOR_DATA_DIR=/data
# Also where a collector.toml is looked for.
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:%s/health/ready' % os.environ['COLLECTOR_PORT'], timeout=4)"]
CMD ["collector", "serve"]
