"""CAM++: speech features in, one voice vector out. The network alone; it knows nothing of files or speakers.

A two-dimensional convolutional front end over the filterbank (FCM), then a densely connected time-delay network
whose layers are each multiplied by a mask computed from the context around them (CAM), then statistics pooling.
Written from Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking" (arXiv 2303.00332). Module names follow the checkpoint published by its authors (3D-Speaker,
`campplus_cn_en_common`), so that its tensors load by name.

`frames` and `pool` are separate because the first costs nearly everything and does not depend on who speaks:
diarization computes frames once and pools them for as many speakers as it likes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEL_BINS = 80
FRAME_RATE = 50  # vectors a second out of `frames`: the first time-delay layer halves the filterbank's 100
DIMENSION = 192
CONTEXT = 100  # frames that share one local context: two seconds (paper, section 2.2)
GROWTH = 32
BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers, dilation


class CamPlus(nn.Module):
    """The network, in inference form. Load the authors' tensors with `load_state_dict`.

    >>> network = CamPlus().eval()
    >>> network(torch.zeros(1, 150, 80)).shape
    torch.Size([1, 192])
    """

    channels = 512

    def __init__(self) -> None:
        super().__init__()
        self.head = _FrontEnd()
        self.xvector = _Body(_FrontEnd.out_channels)

    def frames(self, features: Tensor) -> Tensor:
        """Filterbanks (batch, time, 80), mean-normalised, to frame vectors (batch, 512, ceil(time / 2))."""
        found: Tensor = self.xvector(self.head(features.transpose(1, 2)))
        return found

    def pool(self, mean: Tensor, deviation: Tensor) -> Tensor:
        """Mean and standard deviation of frame vectors, each (batch, 512), to voice vectors (batch, 192)."""
        vectors: Tensor = self.xvector.dense(torch.cat([mean, deviation], dim=1))
        return vectors

    def forward(self, features: Tensor) -> Tensor:
        """Filterbanks (batch, time, 80) to voice vectors (batch, 192), over the whole time."""
        sequence = self.frames(features)
        return self.pool(sequence.mean(dim=2), sequence.std(dim=2))


class _Body(nn.Module):
    """The densely connected network over time, (batch, 320, time) to (batch, 512, ceil(time / 2))."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        channels = 128
        self.tdnn = _TimeDelay(in_channels, channels)
        self._steps: list[str] = []
        for number, (layers, dilation) in enumerate(BLOCKS, 1):
            self.add_module(f"block{number}", _DenseBlock(channels, layers, dilation))
            channels += layers * GROWTH
            self.add_module(f"transit{number}", _Transit(channels))
            channels //= 2
            self._steps += [f"block{number}", f"transit{number}"]
        self.out_nonlinear = _Normalised(channels)
        self.dense = _Dense(2 * channels)

    def forward(self, sequence: Tensor) -> Tensor:
        sequence = self.tdnn(sequence)
        for step in self._steps:
            sequence = self.get_submodule(step)(sequence)
        normalised: Tensor = self.out_nonlinear(sequence)
        return normalised


class _Normalised(nn.Module):
    """A batch normalisation, under the checkpoint's name, and the rectifier after it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.batchnorm = nn.BatchNorm1d(channels)

    def forward(self, sequence: Tensor) -> Tensor:
        return torch.relu_(self.batchnorm(sequence))


class _Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut; `stride` halves the frequency axis, never time."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride=(stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut.append(nn.Conv2d(channels, channels, 1, stride=(stride, 1), bias=False))
            self.shortcut.append(nn.BatchNorm2d(channels))

    def forward(self, image: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(image)))))
        return torch.relu(inner + self.shortcut(image))


class _FrontEnd(nn.Module):
    """The filterbank seen as an image: 80 bins become 10, in 32 channels. (batch, 80, time) -> (batch, 320, time)."""

    out_channels = 32 * MEL_BINS // 8

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        self.layer1 = nn.Sequential(_Residual(32, 2), _Residual(32, 1))
        self.layer2 = nn.Sequential(_Residual(32, 2), _Residual(32, 1))
        self.conv2 = nn.Conv2d(32, 32, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)

    def forward(self, features: Tensor) -> Tensor:
        image = torch.relu(self.bn1(self.conv1(features.unsqueeze(1))))
        image = self.layer2(self.layer1(image))
        return torch.relu(self.bn2(self.conv2(image))).flatten(1, 2)


class _TimeDelay(nn.Module):
    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, out_channels, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _Normalised(out_channels)

    def forward(self, sequence: Tensor) -> Tensor:
        normalised: Tensor = self.nonlinear(self.linear(sequence))
        return normalised


class _Masked(nn.Module):
    """A convolution over time whose output is scaled by a mask from the mean of everything and of its two seconds."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(channels, GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(channels, channels // 2, 1)
        self.linear2 = nn.Conv1d(channels // 2, GROWTH, 1)

    def forward(self, sequence: Tensor) -> Tensor:
        length = sequence.shape[2]
        # One mask per two seconds: computed once for each of them, not for each frame.
        nearby = F.avg_pool1d(sequence, CONTEXT, CONTEXT, ceil_mode=True)
        context = nearby + sequence.mean(dim=2, keepdim=True)
        mask = torch.sigmoid(self.linear2(torch.relu(self.linear1(context))))
        local: Tensor = self.linear_local(sequence)
        return local * mask.repeat_interleave(CONTEXT, dim=2)[:, :, :length]


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _Normalised(channels)
        self.linear1 = nn.Conv1d(channels, 4 * GROWTH, 1, bias=False)
        self.nonlinear2 = _Normalised(4 * GROWTH)
        self.cam_layer = _Masked(4 * GROWTH, dilation)

    def forward(self, sequence: Tensor) -> Tensor:
        narrow = self.linear1(self.nonlinear1(sequence))
        masked: Tensor = self.cam_layer(self.nonlinear2(narrow))
        return masked


class _DenseBlock(nn.Module):
    """Layers that each see everything before them and add 32 channels."""

    def __init__(self, channels: int, layers: int, dilation: int) -> None:
        super().__init__()
        for number in range(layers):
            self.add_module(f"tdnnd{number + 1}", _DenseLayer(channels + number * GROWTH, dilation))

    def forward(self, sequence: Tensor) -> Tensor:
        batch, channels, length = sequence.shape
        # One buffer that grows, instead of concatenating (and copying) at every layer.
        grown = sequence.new_empty(batch, channels + GROWTH * len(self._modules), length)
        grown[:, :channels] = sequence
        for layer in self.children():
            grown[:, channels : channels + GROWTH] = layer(grown[:, :channels])
            channels += GROWTH
        return grown


class _Transit(nn.Module):
    """Half as many channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _Normalised(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, sequence: Tensor) -> Tensor:
        halved: Tensor = self.linear(self.nonlinear(sequence))
        return halved


class _Whitened(nn.Module):
    """A batch normalisation without a scale of its own."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.batchnorm = nn.BatchNorm1d(channels, affine=False)

    def forward(self, vectors: Tensor) -> Tensor:
        whitened: Tensor = self.batchnorm(vectors)
        return whitened


class _Dense(nn.Module):
    """The voice vector: an affine map of the statistics."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, DIMENSION, 1, bias=False)
        self.nonlinear = _Whitened(DIMENSION)

    def forward(self, statistics: Tensor) -> Tensor:
        vectors: Tensor = self.nonlinear(self.linear(statistics.unsqueeze(2)).squeeze(2))
        return vectors
