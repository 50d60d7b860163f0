using Microsoft.Playwright;

namespace Agent.Tests.Page;

/// <summary>WCAG 2 contrast of everything that is visible and has text, measured on the rendered page.</summary>
static class Contrast
{
    /// <summary>Texts below 4.5 : 1 (3 : 1 when large), with their ratio; also fails when it found no text at all.</summary>
    public static async Task<string[]> TooLowAsync(IPage page) => await page.EvaluateAsync<string[]>("""
        () => {
          const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return { r: m[0], g: m[1], b: m[2], a: m[3] ?? 1 }; };
          const light = ({ r, g, b }) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
          const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a > 0) return c; } return { r: 255, g: 255, b: 255 }; };
          const low = []; let seen = 0;
          for (const e of document.querySelectorAll("body *")) {
            const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join("");
            if (!text || !e.checkVisibility({ visibilityProperty: true }) || e.closest(".visually-hidden, .skip, noscript")) continue;
            seen++;
            const style = getComputedStyle(e), size = parseFloat(style.fontSize);
            const [a, b] = [light(parse(style.color)), light(behind(e))].sort((x, y) => y - x);
            const ratio = (a + .05) / (b + .05);
            if (ratio < (size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5)) low.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
          }
          return seen > 3 ? low : ["only " + seen + " texts found"];
        }
        """);
}
