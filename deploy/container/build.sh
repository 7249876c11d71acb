#!/bin/sh
# Builds localhost/a2e:latest of the Dockerfile beside this, without a registry of images: its base
# comes from Debian's packages. As root; needs mmdebstrap and buildah of Debian 12 or newer.
set -eu
cd "$(dirname "$0")/../.."
release=trixie
base=localhost/debian:$release-slim
image=${IMAGE:-localhost/a2e:latest}

for tool in mmdebstrap buildah; do
    command -v $tool > /dev/null || {
        echo "deploy/container/build.sh: $tool is missing; apt-get install mmdebstrap buildah" >&2
        exit 1
    }
done

if ! buildah inspect --type image "$base" > /dev/null 2>&1; then
    tar=$(mktemp --suffix .tar)
    trap 'rm -f "$tar"' EXIT
    mmdebstrap --quiet --variant=minbase \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg $release "$tar"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$tar" /
    buildah commit --quiet --rm "$container" "$base"
fi

# Behind a company's proxy, whose certificates pip must know.
certificates=${PIP_CERT:-${SSL_CERT_FILE:-}}
set -- --build-arg BASE="$base" --build-arg EXTRAS="${EXTRAS:-cpu,serve}"
if [ -n "$certificates" ]; then
    set -- "$@" --volume "$certificates:/run/ca.pem:ro" --build-arg PIP_CERT=/run/ca.pem
fi

# Docker's format: OCI's knows no HEALTHCHECK.
exec buildah build --isolation chroot --format docker --layers --pull=never "$@" \
    --ignorefile deploy/container/Dockerfile.dockerignore \
    --file deploy/container/Dockerfile --tag "$image" .
