# For machines with NVIDIA GPUs and the NVIDIA container toolkit:
#
#     docker build -t jebm_tf .
#     docker run --rm --gpus all --user "$(id -u):$(id -g)" -v "$PWD:/work" jebm_tf \
#         jebm-train --gin_file=svhn.gin --run_dir=runs/svhn
#
# CUDA comes from pip, by the extra `gpu`; the driver is the host's. Data sets and features are kept below /work.
FROM python:3.12-slim

COPY pyproject.toml setup.py README.md LICENSE constraints.txt /source/
COPY jebm_tf /source/jebm_tf
COPY gin /source/gin
RUN pip install --no-cache-dir --constraint /source/constraints.txt '/source[gpu]' \
    && rm -r /source \
    && install --directory --mode 1777 /work

ENV HOME=/work \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /work
CMD ["jebm-doctor"]
