# The program in a small image that runs as nobody.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The SQL parser is C: linked statically, so that the image needs no C library.
RUN CGO_ENABLED=1 go build -trimpath -ldflags '-s -w -linkmode external -extldflags "-static"' -tags netgo,osusergo -o /gateway ./cmd/gateway
RUN mkdir /spill

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /gateway /gateway
# Queries that outgrow their memory spill here.
COPY --from=build --chown=65532:65532 /spill /tmp
USER 65532:65532
EXPOSE 7432
ENTRYPOINT ["/gateway"]
CMD ["serve", "--config", "/etc/gateway/gateway.yaml"]
