// Draws the charts when they come into view, in the page's colours; filters lists, copies commands. Asks nobody for anything.
"use strict";
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const LIBRARY = document.currentScript.dataset.plotly;
  // The colours that plotly express writes into a figure mean "first, second ..." and nothing else.
  const PLOTLY = ["#636efa", "#ef553b", "#00cc96", "#ab63fa", "#ffa15a", "#19d3f3", "#ff6692", "#b6e880"];

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const series = () => PLOTLY.map((_, at) => style(`--series-${at + 1}`));

  function recoloured(value, colours) {
    if (typeof value === "string") {
      const at = PLOTLY.indexOf(value.toLowerCase());
      return at < 0 ? value : colours[at];
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, recoloured(inner, colours)]));
  }

  function template(colours, narrow) {
    const ink = style("--ink"), muted = style("--muted"), line = style("--grid");
    const axis = {
      gridcolor: line, linecolor: line, zerolinecolor: line, tickcolor: line, tickfont: { color: muted },
      automargin: true, title: { font: { color: muted, size: 12 }, standoff: 8 }, separatethousands: true,
    };
    return {
      layout: {
        font: { family: style("--sans"), size: narrow ? 11 : 12, color: ink },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: colours,
        margin: { l: 8, r: 12, t: 28, b: 8 }, separators: ".,",
        xaxis: { ...axis, showgrid: false }, yaxis: axis,
        polar: { bgcolor: "rgba(0,0,0,0)", angularaxis: axis, radialaxis: axis },
        legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", title: { text: "" }, font: { color: muted } },
        hoverlabel: { bgcolor: style("--card"), bordercolor: line, font: { family: style("--sans"), color: ink } },
        coloraxis: { colorbar: { outlinewidth: 0, thickness: 12, tickfont: { color: muted } } },
        colorscale: { sequential: [[0, style("--scale-low")], [1, style("--scale-high")]] },
        shapedefaults: { line: { color: style("--limit") } },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: muted, activecolor: ink },
      },
    };
  }

  // Days are written as everywhere on the pages, 3 Apr 2026, and not as the library's language has it.
  const DAY = /^\d{4}-\d{2}-\d{2}(?:T00:00|$)/;
  const HALF_A_DAY = 43_200_000;
  const TICKS = [
    { dtickrange: [null, HALF_A_DAY], value: "%H:%M\n%-d %b" }, { dtickrange: [HALF_A_DAY, "M1"], value: "%-d %b\n%Y" },
    { dtickrange: ["M1", "M12"], value: "%b\n%Y" }, { dtickrange: ["M12", null], value: "%Y" },
  ];

  function withDates(layout, traces) {
    for (const trace of traces.filter((one) => Array.isArray(one.x) && one.x.length && one.x.every((day) => DAY.test(day)))) {
      const name = `xaxis${(trace.xaxis ?? "x").slice(1)}`;
      layout[name] = { tickformatstops: TICKS, hoverformat: "%-d %b %Y", ...layout[name] };
    }
  }

  let arrival;
  // Parsing it takes longer than all the rest of the page, so it comes when the first chart is looked at.
  function library() {
    arrival ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = LIBRARY;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return arrival;
  }

  async function draw(place) {
    const figure = JSON.parse(place.nextElementSibling.textContent);
    const colours = series();
    const narrow = place.clientWidth < 480;
    const layout = recoloured(figure.layout, colours);
    layout.template = template(colours, narrow);
    layout.autosize = true;
    const traces = figure.data.map((trace) => recoloured(trace, colours));
    withDates(layout, traces);
    await window.Plotly.newPlot(place, traces, layout, {
      displaylogo: false, responsive: true, displayModeBar: narrow ? false : "hover", plotlyServerURL: "", topojsonURL: "",
      modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    });
  }

  const places = [...document.querySelectorAll(".plotly-graph-div")];
  let queue = Promise.resolve();

  // One after another, so that the page answers in between.
  function want(place) {
    if (place.dataset.chart) return;
    place.dataset.chart = "wanted";
    queue = queue.then(() => show(place));
  }

  async function show(place) {
    try {
      await library();
      await draw(place);
      place.dataset.chart = "drawn";
    } catch (error) {
      place.dataset.chart = "not drawn";
      unfold(place);
      place.hidden = true;
    }
    if (places.every((one) => one.dataset.chart?.endsWith("drawn"))) document.documentElement.dataset.charts = "drawn";
    await new Promise((resume) => setTimeout(resume));
  }

  function unfold(place) {
    place.closest("figure").querySelector(".numbers").open = true;
  }

  function watch() {
    if (!window.IntersectionObserver) return places.forEach(want);
    const observer = new IntersectionObserver((seen) => {
      seen.filter((one) => one.isIntersecting).forEach((one) => want(one.target));
    }, { rootMargin: "300px 0px" });
    return places.forEach((place) => observer.observe(place));
  }

  // Paper does not scroll: what was not drawn yet shows its numbers at least.
  function beforePrint() {
    places.filter((place) => place.dataset.chart !== "drawn").forEach(unfold);
    places.forEach(want);
  }

  function redraw() {
    places.filter((place) => place.dataset.chart === "drawn").forEach((place) => { queue = queue.then(() => show(place)); });
  }

  function filter(input) {
    const found = input.closest(".filter").querySelector(".found");
    const rows = [...document.querySelectorAll(input.dataset.filter)];
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
        if (!row.hidden) shown += 1;
      }
      found.textContent = words.length ? `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}` : "";
    });
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      getSelection().selectAllChildren(button.previousElementSibling);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  watch();
  window.addEventListener("beforeprint", beforePrint);
  dark.addEventListener("change", redraw);
  document.querySelectorAll("input[data-filter]").forEach(filter);
  document.querySelectorAll("button[data-copy]").forEach((button) => button.addEventListener("click", () => copy(button)));
})();
