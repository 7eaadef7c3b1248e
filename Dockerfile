# syntax=docker/dockerfile:1
# Two images from one build: --target causeway (the last stage, so the default) and --target sandbox.

FROM golang:1.26-alpine AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false"
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -o /out/ ./cmd/causeway ./cmd/sandbox

# Certificates to call channels and webhooks with, and a user without rights. Its wget serves the health checks. A volume over
# one of the directories belongs to that user as well: /run/causeway is for the signer's socket.
FROM alpine:3.22 AS base
RUN apk add --no-cache tzdata \
 && adduser -D -H -u 10001 causeway \
 && install -d -o causeway /data /run/causeway
USER causeway
WORKDIR /data

FROM base AS sandbox
COPY --from=build /out/sandbox /usr/local/bin/
ENTRYPOINT ["sandbox"]
CMD ["serve"]

FROM base AS causeway
COPY --from=build /out/causeway /usr/local/bin/
COPY --from=build /src/LICENSE /src/NOTICE /usr/local/share/causeway/
# The SQLite file of a gateway that was given no other database.
VOLUME /data
ENV CAUSEWAY_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["causeway"]
CMD ["serve"]
