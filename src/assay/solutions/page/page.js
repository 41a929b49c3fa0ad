// Draws the charts of one page from the data inside it. It asks for nothing beyond the page.
(() => {
  "use strict";
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const drawn = new Map();

  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const inks = (name) => ink(name).split(",");

  // Colours come from the style sheet, so that light and dark are told apart in one place.
  function look() {
    const axis = {
      domainColor: ink("line"), tickColor: ink("line"), gridColor: ink("grid"), labelColor: ink("muted"),
      titleColor: ink("muted"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: 600, titlePadding: 10,
      labelPadding: 6, labelSeparation: 5, tickSize: 4, domain: false, ticks: false,
    };
    return {
      background: "transparent",
      font: getComputedStyle(document.body).fontFamily,
      aria: false,
      view: { stroke: null },
      axis,
      axisX: { ...axis, grid: false, domain: true, ticks: true },
      axisBand: { ...axis, grid: false, domain: false, ticks: false },
      legend: {
        orient: "top", labelColor: ink("ink"), titleColor: ink("muted"), labelFontSize: 12.5, titleFontSize: 12,
        titleFontWeight: 600, symbolType: "circle", symbolSize: 90, offset: 12, gradientLength: 160, gradientThickness: 10,
      },
      header: { labelColor: ink("ink"), titleColor: ink("muted") },
      title: { color: ink("ink") },
      text: { color: ink("ink"), fontSize: 12 },
      rule: { color: ink("muted") },
      mark: { color: inks("category")[0] },
      line: { strokeWidth: 2.5, strokeCap: "round", strokeJoin: "round" },
      point: { size: 50, filled: true },
      bar: { cornerRadiusEnd: 2 },
      rect: { stroke: ink("card"), strokeWidth: 1.5 },
      tick: { thickness: 2 },
      range: { category: inks("category"), ramp: inks("ramp"), heatmap: inks("ramp"), diverging: inks("diverging") },
    };
  }

  function values(query) {
    const { columns, rows } = page.data[query];
    return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
  }

  function spec(chart) {
    const given = structuredClone(chart.spec);
    const isSingle = !["hconcat", "vconcat", "concat", "facet", "repeat"].some((key) => key in given);
    const size = isSingle ? { width: "container", height: 280 } : {};
    return { ...size, ...given, data: { values: values(chart.query) } };
  }

  async function draw(index) {
    const place = document.querySelector(`[data-chart="${index}"]`);
    const trouble = place.closest("section").querySelector(".trouble");
    try {
      drawn.get(index)?.finalize();
      const result = await vegaEmbed(place, spec(page.charts[index]), {
        mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, config: look(),
        logLevel: vega.Error,
        tooltip: { theme: "custom", disableDefaultStyle: true },
      });
      drawn.set(index, result);
      place.dataset.state = "drawn";
      document.querySelector(`[data-save="${index}"]`).hidden = false;
    } catch (error) {
      place.dataset.state = "failed";
      trouble.textContent = `This chart could not be drawn: ${error.message}`;
      trouble.hidden = false;
    }
  }

  async function save(index) {
    const link = document.createElement("a");
    link.href = await drawn.get(index).view.background(ink("card")).toImageURL("png", 2);
    link.download = `${page.charts[index].title}.png`;
    link.click();
  }

  const drawAll = () => Promise.all(page.charts.map((_, index) => draw(index)));
  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => save(Number(button.dataset.save)));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  drawAll();
})();
