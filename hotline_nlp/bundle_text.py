"""The text files of a bundle: pinned requirements and how to install."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence

HOME = "/opt/hotline-nlp"
REQUEST = "路灯坏了好几天，晚上看不见路"


def requirement_lines(wheels: Mapping[str, str], extras: Sequence[str]) -> list[str]:
    """Return one pinned line a wheel, from file names and their SHA-256."""
    lines = []
    for name, digest in sorted(wheels.items()):
        project, version = name.split("-")[:2]
        wanted = f"[{','.join(extras)}]" if project == "hotline_nlp" and extras else ""
        lines.append(f"{project}{wanted}=={version} --hash=sha256:{digest}")
    return lines


def install_page(extras: Sequence[str]) -> str:
    """Return the page that says, in Chinese and English, how to install from the folder."""
    system = f"{platform.system()} {platform.machine()}, Python {sys.version_info[0]}.{sys.version_info[1]}"
    steps = [
        ("核对文件", "Check the files", "sha256sum -c SHA256SUMS"),
        ("建立独立环境", "Make an environment", f"python3 -m venv {HOME}"),
        (
            "离线安装",
            "Install, no network",
            f"{HOME}/bin/pip install --no-index --find-links wheels --require-hashes -r requirements.txt",
        ),
        ("放置模型和城市包", "Put model and pack in place", f"cp -r model pack {HOME}/"),
        ("试用", "Try it", f'{HOME}/bin/hotline-nlp classify "{REQUEST}" --model model --city pack'),
    ]
    if "service" in extras:
        steps += [
            ("建立访问密钥", "Make a key", f"{HOME}/bin/hotline-nlp key create 话务一组"),
            ("启动服务", "Serve", f"{HOME}/bin/hotline-nlp serve --model {HOME}/model --city {HOME}/pack"),
        ]
    chinese = "".join(f"{n}. {what}：\n   {run}\n" for n, (what, _, run) in enumerate(steps, 1))
    english = "".join(f"{n}. {what}:\n   {run}\n" for n, (_, what, run) in enumerate(steps, 1))
    return f"hotline_nlp 离线安装包  适用于 {system}\n\n{chinese}\nOffline install for {system}\n\n{english}"
