using System.Globalization;
using System.Security;
using System.Text;

namespace Benchmarks.Charts;

/// <summary>An accessible SVG in light and dark.</summary>
sealed class Svg(int width, int height, string title, string description)
{
    readonly StringBuilder body = new();

    public void Text(double x, double y, string text, string style = "t", string anchor = "start")
        => body.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{x:0.#}" y="{y:0.#}" class="{style}" text-anchor="{anchor}">{SecurityElement.Escape(text)}</text>""");

    public void Bar(double x, double y, double barWidth, double barHeight, string style)
        => body.AppendLine(CultureInfo.InvariantCulture, $"""<rect x="{x:0.#}" y="{y:0.#}" width="{Math.Max(1, barWidth):0.#}" height="{barHeight:0.#}" rx="2" class="{style}"/>""");

    public void Line(double x1, double y1, double x2, double y2, string style)
        => body.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{x1:0.#}" y1="{y1:0.#}" x2="{x2:0.#}" y2="{y2:0.#}" class="{style}"/>""");

    public override string ToString() => $$"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" width="{{width}}" height="{{height}}" role="img" aria-labelledby="title desc">
        <title id="title">{{SecurityElement.Escape(title)}}</title>
        <desc id="desc">{{SecurityElement.Escape(description)}}</desc>
        <style>
        .bg{fill:#ffffff} .t{fill:#1f2328} .m{fill:#59636e} .h{fill:#1f2328;font-weight:600;font-size:16px} .b{fill:#1f2328;font-weight:600} .bad{fill:#b42318;font-weight:600}
        .own{fill:#2563a8} .other{fill:#9aa4af} .grid{stroke:#d8dee4;stroke-width:1} .tail{stroke:#59636e;stroke-width:1.5}
        text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
        .m{font-size:12px}
        @media (prefers-color-scheme:dark){
        .bg{fill:#0d1117} .t,.h,.b{fill:#e6edf3} .m{fill:#9198a1} .bad{fill:#ff8f85}
        .own{fill:#58a6ff} .other{fill:#5b6570} .grid{stroke:#2a313a} .tail{stroke:#9198a1}
        }
        </style>
        <rect class="bg" width="{{width}}" height="{{height}}" rx="8"/>
        {{body.ToString().TrimEnd()}}
        </svg>

        """;
}
