"""How colours look in grey and to people who see fewer of them.

Matrices of Machado, Oliveira and Fernandes (2009), IEEE Transactions on Visualization and Computer
Graphics 15, 1291-1298, at full severity, on linear RGB; distances are those of CIE 1976 (L*a*b*).
"""

import numpy as np
from matplotlib.colors import to_rgb

VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def seen(image: np.ndarray, vision: str) -> np.ndarray:
    """An image of RGB values between 0 and 1 as a kind of vision sees it."""
    linear = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    changed = np.clip(linear @ VISIONS[vision].T, 0.0, 1.0)
    return np.where(changed <= 0.0031308, 12.92 * changed, 1.055 * changed ** (1 / 2.4) - 0.055)


def lightness_and_tint(colors: list[str], vision: str) -> np.ndarray:
    """L*, a*, b* of colours as a kind of vision sees them, shape (n, 3)."""
    rgb = seen(np.array([to_rgb(color) for color in colors]), vision)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = linear @ XYZ.T / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
