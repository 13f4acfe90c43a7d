#!/usr/bin/env bash
# Scores on a Slurm cluster of four nodes, which it starts on this machine, while things go wrong: --help says what else there is.
# Needs root and Debian's packages slurm-wlm and munge, which it installs where they are missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PATH:/usr/sbin"
if ! command -v slurmctld munged >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge
fi >/dev/null
dotnet build -c Release --nologo --verbosity quiet tests/cluster
exec dotnet tests/cluster/bin/Release/net10.0/MnistAdder.Cluster.dll "$@"
