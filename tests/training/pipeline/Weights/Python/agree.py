"""Computes a network's logits in PyTorch, for comparison with TorchSharp's.

usage:  python3 agree.py read|write seed|best WEIGHTS INPUTS LOGITS

read takes the network's weights from WEIGHTS; write makes some up and leaves them there.
"""
import json
import pathlib
import struct
import sys

import torch

FOLDER = pathlib.Path(__file__).parent
TYPES = {torch.float32: 'F32', torch.int64: 'I64'}


def example():
    """README's example, without the weights that it loads."""
    scope = {}
    exec((FOLDER / 'pretrained.py').read_text().split('network.load_state_dict')[0], scope)
    return scope


def seed_network():
    sys.path.insert(0, str(FOLDER.parents[3] / 'benchmarks' / 'peers'))
    from train_seed import DigitSum
    return DigitSum()


def save(path, tensors):
    header, data = {}, b''
    for name, tensor in tensors.items():
        content = tensor.contiguous().numpy().tobytes()
        header[name] = {'dtype': TYPES[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack('<Q', len(text)) + text + data)


def main(direction, recipe, weights, inputs, logits):
    torch.manual_seed(1)
    scope = example()
    network, run = (scope['network'], scope['logits']) if recipe == 'best' else (seed_network(),) * 2
    given = scope['load'](inputs)
    if direction == 'read':
        network.load_state_dict(scope['load'](weights))
    else:
        network.train()
        for _ in range(3):
            run(given['images'] + torch.randn_like(given['images']), given['numbers'])
        save(weights, network.state_dict())
    network.eval()
    with torch.no_grad():
        digit, total = run(given['images'], given['numbers'])
    save(logits, {'digit': digit, 'sum': total})


main(*sys.argv[1:])
