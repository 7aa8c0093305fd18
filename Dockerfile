# Vigie in a container: README, "In a container".

FROM rust:1-bookworm AS build
WORKDIR /vigie
COPY . .
RUN cargo build --release --locked --package vigie --package vigie-voice --bin vigie --bin vigie-voice

FROM debian:bookworm-slim
# the programs of PostgreSQL for the private one, and no cluster besides
RUN mkdir -p /etc/postgresql-common/createcluster.d \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/vigie.conf \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates espeak-ng libpocketsphinx3 pocketsphinx-en-us postgresql \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/vigie --shell /usr/sbin/nologin vigie \
 && install -d -m 750 -g vigie /etc/vigie
COPY --from=build /vigie/target/release/vigie /vigie/target/release/vigie-voice /usr/local/bin/
USER vigie
# vigie.toml may be mounted here
WORKDIR /etc/vigie
ENV HTTP_ADDR=0.0.0.0:8080 VIGIE_DATA=/var/lib/vigie/data
VOLUME /var/lib/vigie
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /api/health HTTP/1.1\\r\\nHost: 127.0.0.1:8080\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
CMD ["vigie", "serve"]
