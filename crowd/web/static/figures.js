// Draws figures that the server has prepared, in the page's own colours.
const FORMATS = {
  percent: (value) => `${Math.round(value * 1000) / 10} %`,
  count: (value) => value.toLocaleString("en"),
  score: (value) => value.toFixed(2),
  number: (value) => Number(value.toPrecision(3)).toLocaleString("en"),
};
const drawn = new WeakMap();

export async function draw(echarts) {
  const { init } = await import(echarts);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  for (const place of document.querySelectorAll("[data-figure]")) {
    const made = `${place.dataset.figure} ${colour("--ink")}`;
    if (drawn.get(place)?.made === made) continue;
    drawn.get(place)?.chart.dispose();
    const chart = init(place, null, { renderer: "canvas" });
    chart.setOption(themed(JSON.parse(place.dataset.figure), colour));
    new ResizeObserver(() => chart.resize()).observe(place);
    drawn.set(place, { chart, made });
  }
}

// a line and its interval have one colour, whatever else is drawn
function toned({ tone, ...series }, colours, text) {
  if (series.markLine !== undefined) series.markLine.label = { ...series.markLine.label, color: text.color, textBorderWidth: 0 };
  if (tone === undefined) return series;
  const color = colours[tone % colours.length];
  const dyed = (style) => (style === undefined ? {} : { ...style, color });
  return { ...series, itemStyle: dyed(series.itemStyle ?? {}), lineStyle: dyed(series.lineStyle), areaStyle: series.areaStyle && dyed(series.areaStyle) };
}

function themed({ format, ...option }, colour) {
  const colours = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"].map(colour);
  const shown = FORMATS[format] ?? FORMATS.count;
  const text = { color: colour("--ink-soft"), fontFamily: "inherit", fontSize: 12 };
  const lines = { lineStyle: { color: colour("--line") } };
  const axis = (one, isValue) => ({
    ...one,
    nameTextStyle: text,
    axisLabel: { ...text, hideOverlap: true, ...(isValue && one.type === "value" ? { formatter: shown } : {}), ...one.axisLabel },
    axisLine: lines,
    axisTick: { show: false },
    splitLine: { show: isValue, ...lines },
  });
  return {
    color: colours,
    textStyle: text,
    animation: false,
    aria: { enabled: false },
    grid: { left: 8, right: 16, top: option.legend === undefined ? 16 : 40, bottom: 8, outerBoundsMode: "same" },
    tooltip: {
      trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value == null ? "–" : shown(value)),
      backgroundColor: colour("--raised"), borderColor: colour("--line"), textStyle: { ...text, color: colour("--ink") },
    },
    ...option,
    series: option.series.map((one) => toned(one, colours, text)),
    ...(option.legend === undefined ? {} : { legend: { left: 0, top: 0, itemHeight: 8, ...option.legend, textStyle: text } }),
    xAxis: axis(option.xAxis, option.xAxis.type === "value"),
    yAxis: axis(option.yAxis, option.yAxis.type === "value"),
  };
}
