"""Run one benchmark: python -m benchmarks NAME; see --help for the names."""

from __future__ import annotations

import argparse
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and run one benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure; write results/*.json."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    accuracy = commands.add_parser("accuracy", help="all systems on gold and Haikou")
    accuracy.add_argument("--peers", default="all", help="all, or names joined by commas")
    accuracy.add_argument("--seeds", type=int, default=5, help="seeds of the systems that have one")
    ablation = commands.add_parser("ablation", help="what each lever of the linear model is worth")
    ablation.add_argument("--only", help="names of variants joined by semicolons")
    ablation.add_argument("--quick", action="store_true", help="try it: little work, nothing written")
    encoder = commands.add_parser("encoder", help="what each way to fine-tune the encoder is worth, in small")
    encoder.add_argument("--haikou", action="store_true", help="fine-tune it to Haikou's units instead")
    commands.add_parser("checkpoints", help="what each checkpoint of the encoder scores on gold dev")
    curve = commands.add_parser("learning_curve", help="local tickets needed, with and without a start")
    curve.add_argument("--model", default="linear", help="a packaged engine or a model folder to start from")
    curve.add_argument("--seeds", type=int, default=3, help="samples drawn of each size")
    cities = commands.add_parser("cities", help="train without a city, test on it")
    cities.add_argument("--only", help="cities joined by commas")
    shift = commands.add_parser("shift", help="correct for label shift on resampled gold dev")
    shift.add_argument("--seeds", type=int, default=20, help="months drawn")
    care = commands.add_parser("care", help="wrong labels found by audit, months that adapt takes or refuses")
    care.add_argument("--seeds", type=int, default=3, help="tables drawn of each size")
    care.add_argument("--months", type=int, default=20, help="months drawn of each kind")
    calibration = commands.add_parser("calibration", help="calibration, coverage and the hardest pair")
    calibration.add_argument("--model", default="linear", help="a packaged engine or a model folder")
    bulletin = commands.add_parser("bulletin", help="raw tickets to a finished bulletin: time and memory")
    bulletin.add_argument("--repeats", type=int, default=3, help="runs of the month")
    dispatch = commands.add_parser("dispatch", help="routing: speed, and unit functions on gold dev")
    dispatch.add_argument("--part", choices=("speed", "gold"), help="measure one part alone")
    dispatch.add_argument("--repeats", type=int, default=5, help="runs of each timing")
    returns = commands.add_parser(
        "returns", help="a simulated year of returned orders, with and without learning"
    )
    returns.add_argument("--seeds", type=int, default=5, help="years simulated")
    service = commands.add_parser("service", help="the HTTP service under load, on loopback")
    service.add_argument("--seconds", type=float, default=5.0, help="seconds a phase")
    console = commands.add_parser("console", help="the dispatcher's page in a real browser: key to answer")
    console.add_argument("--browser", default="/usr/bin/chromium", help="Chromium's program")
    insight = commands.add_parser("insight", help="repeats, emerging topics and the reply check")
    insight.add_argument("part", choices=("repeats", "emerging", "replies"))
    speed = commands.add_parser("speed", help="texts a second beside peers, latency, start, memory, roofline")
    speed.add_argument("--repeats", type=int, default=5, help="runs of each timing")
    speed.add_argument("--rows", type=int, default=40_000, help="texts of a timing")
    profile = commands.add_parser("profile", help="profiles of the packaged engine, into profiles/")
    profile.add_argument("--seconds", type=float, default=5.0, help="seconds a profile")
    scale = commands.add_parser("scale", help="how time and memory grow with the number of texts")
    scale.add_argument("--most", type=int, default=10_000_000, help="texts of the largest step")
    scale.add_argument("--no-ray", action="store_true", help="leave the Ray cluster out")
    commands.add_parser("tables", help="render tables and pictures from the JSON")
    options = parser.parse_args(argv)
    if options.command == "accuracy":
        from .accuracy import RULES, SYSTEMS, run

        known = (*SYSTEMS, RULES)
        names = known if options.peers == "all" else tuple(options.peers.split(","))
        unknown = [name for name in names if name not in known]
        if unknown or options.seeds < 1:
            parser.error(f"choose --peers from {', '.join(known)} and --seeds from 1 on")
        run(names, options.seeds)
    elif options.command == "ablation":
        from .ablation import run as run_ablation
        from .ablation import variants

        only = [name.strip() for name in options.only.split(";")] if options.only else []
        if set(only) - set(variants()):
            parser.error(f"choose --only from {'; '.join(variants())}")
        run_ablation(only, quick=options.quick)
    elif options.command == "encoder":
        from .encoder import haikou
        from .encoder import run as run_encoder

        haikou() if options.haikou else run_encoder()
    elif options.command == "checkpoints":
        from .checkpoints import run as run_checkpoints

        run_checkpoints()
    elif options.command == "learning_curve":
        from .learning_curve import run as run_curve

        run_curve(options.model, options.seeds)
    elif options.command == "cities":
        from .cities import CITIES
        from .cities import run as run_cities

        chosen = options.only.split(",") if options.only else CITIES
        if set(chosen) - set(CITIES):
            parser.error(f"choose --only from {', '.join(CITIES)}")
        run_cities(chosen)
    elif options.command == "shift":
        from .shift import run as run_shift

        run_shift(options.seeds)
    elif options.command == "care":
        from .care import run as run_care

        if min(options.seeds, options.months) < 1:
            parser.error("choose --seeds and --months from 1 on")
        run_care(options.seeds, options.months)
    elif options.command == "calibration":
        from .calibration import run as run_calibration

        run_calibration(options.model)
    elif options.command == "bulletin":
        from .bulletin import run as run_bulletin

        run_bulletin(repeats=options.repeats)
    elif options.command == "dispatch":
        from .dispatch import PARTS
        from .dispatch import run as run_dispatch

        run_dispatch((options.part,) if options.part else PARTS, options.repeats)
    elif options.command == "service":
        from .service import run as run_service

        run_service(options.seconds)
    elif options.command == "console":
        from .console import run as run_console

        run_console(options.browser)
    elif options.command == "speed":
        from .speed import run as run_speed

        run_speed(options.repeats, options.rows)
    elif options.command == "profile":
        from .profile import run as run_profile

        run_profile(options.seconds)
    elif options.command == "scale":
        from .scale import run as run_scale

        if options.most < 1_000:
            parser.error("choose --most from 1000 on")
        run_scale(options.most, ray=not options.no_ray)
    elif options.command == "insight":
        from importlib import import_module

        import_module(f".insight_{options.part}", __package__).run()
    elif options.command == "returns":
        from .returns import run as run_returns

        run_returns(options.seeds)
    else:
        from .tables import render_all

        render_all()


if __name__ == "__main__":
    main()
