// Puts what the pages load from elsewhere into ../static/vendor; our own files need no build.
import { copyFile, mkdir } from "node:fs/promises";
import { build } from "esbuild";

const vendor = new URL("../static/vendor/", import.meta.url);
const module = (path) => new URL(`node_modules/${path}`, import.meta.url);

await mkdir(vendor, { recursive: true });
await copyFile(module("htmx.org/dist/htmx.min.js"), new URL("htmx.js", vendor));
await copyFile(module("@picocss/pico/css/pico.indigo.min.css"), new URL("pico.css", vendor));
// for reports that are printed: letters of most languages
for (const font of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
  await copyFile(module(`dejavu-fonts-ttf/ttf/${font}`), new URL(font, vendor));
}
// of ECharts only the kinds of figures that there are
await build({
  entryPoints: [new URL("echarts.js", import.meta.url).pathname],
  outfile: new URL("echarts.js", vendor).pathname,
  bundle: true,
  format: "esm",
  minify: true,
  legalComments: "inline",
  logLevel: "warning",
});
