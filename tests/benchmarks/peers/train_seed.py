"""Trains recipe `seed` in PyTorch: the rival that training speed is measured against.

Debian: apt-get install -y --no-install-recommends python3-torch python3-numpy
usage:  python3 train_seed.py --data DIR [--images N] [--epochs N] [--threads N] [--seed N]

Prints a JSON object for each epoch: epoch, seconds of the gradient steps, images_per_second, digit_accuracy, sum_accuracy.
The layers carry this project's state-dict names.
"""
import argparse
import gzip
import json
import pathlib
import time
from collections import OrderedDict

import numpy
import torch
from torch import nn
from torch.nn import functional as F

BATCH, RATE, MOMENTUM, DROPOUT = 128, 0.01, 0.9, 0.01


class DigitSum(nn.Module):
    def __init__(self):
        super().__init__()
        self.digit, self.adder = nn.Sequential(self.image_layers()), nn.Sequential(self.adder_layers())

    @staticmethod
    def image_layers():
        layers, plan = OrderedDict(), [(1, 10, 3), (10, 10, 3), (10, 15, 3), (15, 10, 1), (10, 10, 3), (10, 10, 3), (10, 10, 3)]
        for number, (inputs, outputs, kernel) in enumerate(plan, 1):
            layers[f'conv{number}'] = nn.Conv2d(inputs, outputs, kernel, bias=False)
            layers[f'norm{number}'] = nn.BatchNorm2d(outputs)
            layers[f'relu{number}'] = nn.ReLU()
            if number == 3:
                layers['pool3'] = nn.MaxPool2d(2)
            else:
                layers[f'dropout{number}'] = nn.Dropout(DROPOUT)
        layers['conv8'] = nn.Conv2d(10, 10, 5, bias=False)
        layers['flatten'] = nn.Flatten()
        return layers

    @staticmethod
    def adder_layers():
        layers, widths = OrderedDict(), [20, 32, 64, 128]
        for number, (inputs, outputs) in enumerate(zip(widths, widths[1:]), 1):
            layers[f'linear{number}'] = nn.Linear(inputs, outputs)
            layers[f'norm{number}'] = nn.BatchNorm1d(outputs)
            layers[f'relu{number}'] = nn.ReLU()
            layers[f'dropout{number}'] = nn.Dropout(DROPOUT)
        layers['linear4'] = nn.Linear(128, 19)
        return layers

    def forward(self, image, number):
        scores = self.digit(image)
        return scores, self.add(scores, number)

    def add(self, scores, number):
        return self.adder(torch.cat([scores, F.one_hot(number, 10).float()], 1))


def read(folder, name, header):
    """The body of an IDX file, raw or gzipped."""
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + '.gz').read_bytes())
    return numpy.frombuffer(data, numpy.uint8, offset=header)


def load(folder, part):
    pixels = read(folder, f'{part}-images-idx3-ubyte', 16).reshape(-1, 1, 28, 28)
    images = (torch.from_numpy(pixels.astype(numpy.float32)) / 255 - 0.1307) / 0.3081
    return images, torch.from_numpy(read(folder, f'{part}-labels-idx1-ubyte', 8).astype(numpy.int64))


def train_epoch(model, optimizer, images, labels):
    model.train()
    for rows in torch.randperm(len(images)).split(BATCH):
        number, label = torch.randint(0, 10, (len(rows),)), labels[rows]
        scores, sums = model(images[rows], number)
        loss = F.nll_loss(F.log_softmax(scores, 1), label) + F.cross_entropy(sums, label + number)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, images, labels):
    model.eval()
    digits = sums = 0
    for image, label in zip(images.split(1000), labels.split(1000)):
        scores = model.digit(image)
        digits += (scores.argmax(1) == label).sum().item()
        sums += sum((model.add(scores, torch.full_like(label, n)).argmax(1) == label + n).sum().item() for n in range(10))
    return digits / len(images), sums / (10 * len(images))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--data', required=True)
    options.add_argument('--images', type=int, default=60_000)
    options.add_argument('--epochs', type=int, default=1)
    options.add_argument('--threads', type=int, default=torch.get_num_threads())
    options.add_argument('--seed', type=int, default=1)
    chosen = options.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(chosen.seed)

    images, labels = (tensor[:chosen.images] for tensor in load(chosen.data, 'train'))
    test = load(chosen.data, 't10k')
    model = DigitSum()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    for epoch in range(1, chosen.epochs + 1):
        start = time.perf_counter()
        train_epoch(model, optimizer, images, labels)
        seconds = time.perf_counter() - start
        digit, total = evaluate(model, *test)
        print(json.dumps({'epoch': epoch, 'seconds': seconds, 'images_per_second': len(images) / seconds,
                          'digit_accuracy': digit, 'sum_accuracy': total}), flush=True)


if __name__ == '__main__':
    main()
