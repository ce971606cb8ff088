"""五 to 七: repeats, what is new or changed, and what needs a person's eye."""

from __future__ import annotations

from .blocks import Block, Heading, Paragraph, Table
from .figures import Figures, Fresh, Repeat, Shift, Watch
from .shifts import LEVEL, SIZE
from .wording import DASH, chance, number, rate, told

LISTED, TOLD = 12, 3


def repeats(figures: Figures) -> list[Block]:
    """Return the blocks on repeated requests."""
    found = figures.repeats
    if found is None:
        return [Paragraph(figures.absent["repeats"])]
    text = (
        f"同一事项被反映两次以上的共{number(found.groups)}组，重复反映{number(found.repeated.part)}件，"
        f"占诉求总量的{found.repeated}；其中内容几乎相同的{number(found.copies)}件。"
    )
    if found.one_person or found.many_people:
        text += f"属一人多诉的{number(found.one_person)}组，多人一诉的{number(found.many_people)}组。"
    if not found.top:
        return [Paragraph(text)]
    return [Paragraph(text), _repeats_table(found.top)]


def _repeats_table(groups: tuple[Repeat, ...]) -> Table:
    rows = tuple(
        (
            number(group.size),
            number(group.callers) if group.callers else DASH,
            f"{group.first}至{group.last}" if group.first else DASH,
            "、".join(filter(None, (group.place, group.topic))) or DASH,
            "、".join(group.units[:2]) or DASH,
            group.example,
        )
        for group in groups
    )
    columns = ("件数", "来电人", "起止日期", "区域、事项", "承办单位", "首件诉求")
    widths = (0.08, 0.09, 0.17, 0.15, 0.15, 0.36)
    return Table("重复反映较多的事项", columns, rows, ("首件诉求",), widths)


def fresh(figures: Figures) -> list[Block]:
    """Return the blocks on notable changes and on new matters."""
    return [Heading(2, "显著变化"), *_shifts(figures), Heading(2, "新出现和上升的事项"), *_fresh(figures)]


def _shifts(figures: Figures) -> list[Block]:
    if not figures.tests:
        return [Paragraph("输入数据没有可供比较的月份，未作显著性检验。")]
    rule = (
        f"对诉求总量、类型、热点事项、承办单位、区域和渠道共作{number(figures.tests)}次比较"
        f"（条件泊松检验，错误发现率{LEVEL:.0%}），"
    )
    if not figures.shifts:
        return [Paragraph(f"{rule}没有发现超出偶然波动且幅度在{SIZE - 1:.0%}以上的变化。")]
    shown = figures.shifts[:LISTED]
    text = f"{rule}发现{len(figures.shifts)}项变化超出偶然波动且幅度在{SIZE - 1:.0%}以上。其中，"
    return [Paragraph(text + "；".join(map(told, shown[:TOLD])) + "。"), _shifts_table(shown)]


def _shifts_table(shown: tuple[Shift, ...]) -> Table:
    rows = tuple(
        (s.kind, s.label, s.against, number(s.before), number(s.now), rate(s), chance(s.q)) for s in shown
    )
    columns = ("项目", "名称", "比较", "基期", "本期", "折算日均增减", "校正后P值")
    return Table("显著变化", columns, rows, ("名称",), (0.12, 0.2, 0.09, 0.12, 0.12, 0.18, 0.17))


def _fresh(figures: Figures) -> list[Block]:
    found = figures.fresh
    if found is None:
        return [Paragraph(figures.absent["fresh"])]
    if not found:
        return [Paragraph("与以往月份相比，没有发现新出现或明显上升的具体事项。")]
    blocks: list[Block] = [Paragraph(f"与以往月份相比，发现{len(found)}个新出现或明显上升的具体事项：")]
    return [*blocks, *(_matter(i, item) for i, item in enumerate(found, 1))]


def _matter(place: int, item: Fresh) -> Paragraph:
    unit = f"，建议由{item.unit}研究" if item.unit else ""
    examples = "".join(f"“{text}”" for text in item.examples)
    text = (
        f"本月{number(item.count)}件，按以往月份估计约{item.expected:,.1f}件（校正后P值{chance(item.q)}），"
        f"多归入{item.topic or '未定事项'}{unit}。" + (f"例如：{examples}。" if examples else "")
    )
    return Paragraph(text, f"{place}.{item.kind}：{'、'.join(item.keywords)}。")


def watch(figures: Figures) -> list[Block]:
    """Return the list of what needs a person's eye."""
    if not figures.watch:
        return [Paragraph("本月没有需要特别关注的事项。")]
    rows = tuple(
        (str(i), item.what, number(item.count), _tickets(item)) for i, item in enumerate(figures.watch, 1)
    )
    columns = ("序号", "事项", "件数", "工单")
    table = Table("需人工关注事项清单", columns, rows, ("事项", "工单"), (0.08, 0.36, 0.11, 0.45))
    return [Paragraph("以下事项由系统列出，须由工作人员逐件核查。"), table]


def _tickets(item: Watch) -> str:
    return " ".join(item.tickets) + (" 等" if item.count > len(item.tickets) else "")
