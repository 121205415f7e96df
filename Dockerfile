# Undertone as one static executable in an empty image: command line, API and page.
#
#   docker build --tag undertone .
#   docker run --read-only --cap-drop=all --publish 127.0.0.1:8080:8080 undertone
#
# The builder needs Rust 1.95 and Debian's apt, or Node 20, npm and musl-gcc already there.
ARG BUILDER=docker.io/library/rust:1.95-trixie

FROM ${BUILDER} AS build
RUN command -v npm && command -v musl-gcc \
    || (apt-get update \
        && apt-get install --yes --no-install-recommends nodejs npm musl-tools \
        && rm -rf /var/lib/apt/lists/*)
# Empty for a build with everything: PostgreSQL, Parquet and Arrow.
ARG SMALL=--small
WORKDIR /src
COPY . .
# The cache makes the next build of a changed source short; the image never sees it.
RUN --mount=type=cache,target=/src/target \
    cargo xtask binary --out /undertone ${SMALL}

FROM scratch
COPY --from=build /undertone /undertone
# No name: an empty image has no list of users.
USER 65532:65532
ENV UNDERTONE_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["/undertone", "health"]
ENTRYPOINT ["/undertone"]
CMD ["serve"]
