// Draws the charts in the page's colours, filters lists, copies commands. Asks nobody for anything.
"use strict";
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const COLOURS = {
    light: ["#3f74ad", "#d08a2e", "#3d8f68", "#a8506b", "#7564ad", "#8a7d33", "#2f8f9c", "#7d828b"],
    dark: ["#7aabe0", "#e0a557", "#72c29b", "#d98aa2", "#a99be0", "#c2b563", "#6cc3cf", "#a3a9b3"],
  };
  // The colours that plotly express writes into a figure mean "first, second ..." and nothing else.
  const PLOTLY = ["#636efa", "#ef553b", "#00cc96", "#ab63fa", "#ffa15a", "#19d3f3", "#ff6692", "#b6e880"];

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function recoloured(value, colours) {
    if (typeof value === "string") {
      const at = PLOTLY.indexOf(value.toLowerCase());
      return at < 0 ? value : colours[at];
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, recoloured(inner, colours)]));
  }

  function template(colours, narrow) {
    const ink = style("--ink"), muted = style("--muted"), line = style("--line");
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
        colorscale: { sequential: dark.matches ? [[0, "#1b2d44"], [1, "#93b9e6"]] : [[0, "#e7eff9"], [1, "#2c5282"]] },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: muted, activecolor: ink },
      },
    };
  }

  async function draw(place) {
    const figure = JSON.parse(place.nextElementSibling.textContent);
    const colours = dark.matches ? COLOURS.dark : COLOURS.light;
    const narrow = place.clientWidth < 480;
    const layout = recoloured(figure.layout, colours);
    layout.template = template(colours, narrow);
    layout.autosize = true;
    const traces = figure.data.map((trace) => recoloured(trace, colours));
    await window.Plotly.newPlot(place, traces, layout, {
      displaylogo: false, responsive: true, displayModeBar: narrow ? false : "hover", plotlyServerURL: "", topojsonURL: "",
      modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    });
  }

  function inView(place) {
    const box = place.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }

  // What can be seen is drawn first, the rest while the reader reads.
  async function drawAll() {
    if (!window.Plotly) return;
    const places = [...document.querySelectorAll(".plotly-graph-div")];
    for (const place of [...places.filter(inView), ...places.filter((one) => !inView(one))]) {
      try {
        await draw(place);
      } catch (error) {
        place.closest("figure").querySelector(".numbers").open = true;
        place.hidden = true;
      }
      await new Promise((resume) => setTimeout(resume));
    }
    document.documentElement.dataset.charts = "drawn";
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

  drawAll();
  dark.addEventListener("change", drawAll);
  document.querySelectorAll("input[data-filter]").forEach(filter);
  document.querySelectorAll("button[data-copy]").forEach((button) => button.addEventListener("click", () => copy(button)));
})();
