# For machines with NVIDIA GPUs and the NVIDIA container toolkit:
#
#     docker build -t jebm_tf .
#     docker run --rm --gpus all -v "$PWD/runs:/work/runs" -v "$PWD/data:/work/data" jebm_tf \
#         jebm-train --gin_file=svhn.gin --data_dir=data --run_dir=runs/svhn
#
# CUDA comes from pip, by the extra `gpu`; the driver comes from the host.
FROM python:3.12-slim

RUN useradd --create-home jebm && mkdir /work && chown jebm /work
COPY pyproject.toml setup.py README.md LICENSE constraints.txt /source/
COPY jebm_tf /source/jebm_tf
COPY gin /source/gin
RUN pip install --no-cache-dir --constraint /source/constraints.txt '/source[gpu]' && rm -r /source

USER jebm
WORKDIR /work
EXPOSE 6006
CMD ["jebm-doctor"]
