"""Draws SVG pictures without a library: no installation, and readable diffs."""

import statistics
from html import escape

MINE, PLAIN, GREY, TEXT = "#1f6feb", "#8c959f", "#d0d7de", "#24292f"
ACTORS = {"user": "#24292f", "operator": "#1f6feb", "agent": "#8250df", "kubelet": "#1a7f37", "containerd": "#bf8700",
          "API server": "#8c959f"}
ROW = 22
# Of curves().
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 560, 300, 70, 40, 20, 50
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"]


def svg(width: int, height: int, body: list[str]) -> str:
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>', *body, "</svg>", ""])


def text(x: float, y: float, words: str, color: str = TEXT, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}">{escape(words)}</text>'


def axis(left: int, width: int, top: int, bottom: int, most: float, step: float, unit: str) -> list[str]:
    lines, at = [], 0.0
    while at <= most:
        x = left + width * at / most
        lines.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{GREY}"/>')
        lines.append(text(x, bottom + 14, f"{at:g} {unit}", anchor="middle"))
        at += step
    return lines


def distribution(times: dict[str, list[float]], pairs: list[tuple[str, str]]) -> str:
    """Times as dots, medians as bars; each phase of the StoppableContainer above that of the plain pod."""
    pairs = [(mine, plain) for mine, plain in pairs if mine in times]
    left, width = 180, 620
    most = max(max(times[name]) for pair in pairs for name in pair if name in times) * 1.05
    bottom = 30 + len(pairs) * ROW * 2
    body = [text(left, 18, "StoppableContainer", MINE), text(left + 140, 18, "plain pod", PLAIN)]
    body += axis(left, width, 24, bottom, most, 0.5 if most < 6 else 1.0, "s")
    for index, (mine, plain) in enumerate(pairs):
        y = 30 + index * ROW * 2
        body.append(text(8, y + ROW, mine))
        for row, (name, color) in enumerate([(mine, MINE), (plain, PLAIN)]):
            at = y + row * (ROW - 4) + 10
            for value in times.get(name, []):
                body.append(f'<circle cx="{left + width * value / most:.1f}" cy="{at}" r="3" fill="{color}" opacity="0.5"/>')
            if times.get(name):
                x = left + width * statistics.median(times[name]) / most
                body.append(f'<rect x="{x - 1.5:.1f}" y="{at - 8}" width="3" height="16" fill="{color}"/>')
    return svg(left + width + 30, bottom + 24, body)


def timeline(title: str, events: list[tuple[float, str, str]]) -> str:
    """One row for each event: (seconds since the start, actor, text)."""
    left, width, labels = 20, 420, 460
    most = max(at for at, _, _ in events) * 1.02 or 1.0
    bottom = 48 + len(events) * 16
    body = [text(left, 18, title)]
    x = left
    for actor, color in ACTORS.items():
        body.append(text(x, 36, actor, color))
        x += 20 + 8 * len(actor)
    body += axis(left, width, 44, bottom, most, next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 60) if most / s < 8), "s")
    for index, (at, who, what) in enumerate(events):
        y = 56 + index * 16
        x, color = left + width * at / most, ACTORS.get(who, TEXT)
        body.append(f'<line x1="{x:.1f}" y1="{y - 4}" x2="{left + width + 8}" y2="{y - 4}" stroke="{GREY}" stroke-dasharray="2 3"/>')
        body.append(f'<circle cx="{x:.1f}" cy="{y - 4}" r="4" fill="{color}"/>')
        body.append(text(left + width + 12, y, f"{at * 1000:.0f} ms  {what}", color))
    return svg(left + width + labels, bottom + 24, body)


def scale(most: float) -> tuple[float, int]:
    """A round number at or above `most`, and the number of axis steps up to it."""
    size = 10.0 ** (len(str(int(most))) - 1) if most >= 1 else 1.0
    while size > most:
        size /= 10
    for steps in (1, 2, 2.5, 4, 5, 8, 10):
        if steps * size >= most:
            return steps * size, 5 if steps in (1, 2.5, 5, 10) else 4
    raise AssertionError(most)


def number(value: float) -> str:
    return f"{value:,.10g}"


def curves(title: str, across: str, up: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """Lines through measured points. A dashed line from the first to the last point shows linear growth."""
    most_x, steps_x = scale(max(x for points in series.values() for x, _ in points))
    most_y, steps_y = scale(max(y for points in series.values() for _, y in points) or 1)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / most_x * (right - LEFT), bottom - y / most_y * (bottom - TOP)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold">{escape(title)}</text>',
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>',
        f'<text transform="translate(14 {(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]
    for step in range(steps_y + 1):
        value = most_y * step / steps_y
        _, y = place(0, value)
        out.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(round(value, 6))}</text>')
    for step in range(steps_x + 1):
        value = most_x * step / steps_x
        x, _ = place(value, 0)
        out.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{number(round(value, 6))}</text>')
    for index, (name, points) in enumerate(series.items()):
        colour = COLOURS[index % len(COLOURS)]
        path = "L".join("{:.1f} {:.1f}".format(*place(*point)) for point in points)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(points) > 2:
            ends = "L".join("{:.1f} {:.1f}".format(*place(*point)) for point in (points[0], points[-1]))
            out.append(f'<path d="M{ends}" stroke="{colour}" stroke-dasharray="3 4" opacity="0.6"/>')
        for point in points:
            x, y = place(*point)
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
        out.append(f'<text x="{LEFT + 8}" y="{TOP + 4 + 14 * index}" fill="{colour}">{escape(name)}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"
