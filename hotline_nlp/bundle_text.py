"""The text files of a bundle: pinned requirements and how to install."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence


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
    serve = "hotline-nlp serve --model model --city pack\n" if "service" in extras else ""
    return f"""\
hotline_nlp 离线安装包  适用于 {system}

1. 核对文件：        sha256sum -c SHA256SUMS
2. 建立独立环境：    python3 -m venv /opt/hotline-nlp
3. 离线安装：        /opt/hotline-nlp/bin/pip install --no-index --find-links wheels --require-hashes \
-r requirements.txt
4. 试用：            /opt/hotline-nlp/bin/hotline-nlp classify "路灯坏了好几天，晚上看不见路" \
--model model --city pack

Offline install for {system}

1. Check the files:       sha256sum -c SHA256SUMS
2. Make an environment:   python3 -m venv /opt/hotline-nlp
3. Install, no network:   /opt/hotline-nlp/bin/pip install --no-index --find-links wheels --require-hashes \
-r requirements.txt
4. Try it:                /opt/hotline-nlp/bin/hotline-nlp classify "路灯坏了好几天，晚上看不见路" \
--model model --city pack
{"5. 启动服务 / Serve:      /opt/hotline-nlp/bin/" + serve if serve else ""}"""
