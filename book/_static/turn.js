/* A canvas that can be turned replaces the still before each <script class="turn">, whose JSON
   fplib/plots/turning.py describes. */
{
const root = document.documentElement;
const dot = (v, p) => v[0] * p[0] + v[1] * p[1] + v[2] * p[2];
for (const data of document.querySelectorAll("script.turn")) {
  const scene = JSON.parse(data.textContent), still = data.previousElementSibling;
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  let [up, around] = scene.view;

  const draw = () => {
    const { clientWidth: wide, clientHeight: high } = canvas, dots = devicePixelRatio;
    const colour = (name) => getComputedStyle(root).getPropertyValue(`--pst-color-${name}`);
    const ink = colour("text-base"), e = up * Math.PI / 180, a = around * Math.PI / 180;
    const x = [-Math.sin(a), Math.cos(a), 0];
    const y = [-Math.sin(e) * x[1], Math.sin(e) * x[0], Math.cos(e)];
    const near = [Math.cos(e) * x[1], -Math.cos(e) * x[0], Math.sin(e)];
    const scale = high / 190;
    const at = (p) => [wide / 2 + scale * dot(x, p), high / 2 - scale * dot(y, p)];
    const say = (text, p) => {
      pen.strokeText(text, ...at(p));
      pen.fillText(text, ...at(p));
    };
    canvas.width = wide * dots;
    canvas.height = high * dots;
    pen.scale(dots, dots);
    for (const p of [...scene.points].sort((p, q) => dot(near, p) - dot(near, q))) {
      pen.fillStyle = scene[root.dataset.theme == "dark" ? "dark" : "light"][p[3]];
      pen.beginPath();
      pen.arc(...at(p), 2.2 + dot(near, p) / 80, 0, 7);
      pen.fill();
    }
    pen.strokeStyle = pen.fillStyle = ink;
    for (const c of scene.clusters) {
      const sum = (v, w) => dot(c.slice(3).map((r) => r * r), v.map((u, k) => u * w[k]));
      const s = (sum(x, x) + sum(y, y)) / 2, d = (sum(x, x) - sum(y, y)) / 2, t = sum(x, y);
      const [long, short] = [1, -1].map((k) => scale * Math.sqrt(Math.max(0, s + k * Math.hypot(d, t))));
      pen.beginPath();
      pen.ellipse(...at(c), long, short, -Math.atan2(t, d) / 2, 0, 7);
      pen.stroke();
    }
    pen.strokeStyle = colour("background");
    pen.lineWidth = 3;
    pen.font = "bold 14px sans-serif";
    scene.names.forEach(([name, ...p]) => say(name, p));
  };
  const turn = (right, down) => {
    around -= right;
    up = Math.max(-90, Math.min(90, up + down));
    draw();
  };
  canvas.className = "turn";
  canvas.tabIndex = 0;
  canvas.role = "img";
  canvas.ariaLabel = `${still.querySelector("img").alt} Arrow keys turn it.`;
  canvas.onpointerdown = (event) => canvas.setPointerCapture(event.pointerId);
  canvas.onpointermove = (event) => event.buttons && turn(event.movementX / 2, event.movementY / 2);
  canvas.onkeydown = ({ key }) => {
    const way = { Left: [-5, 0], Right: [5, 0], Up: [0, -5], Down: [0, 5] }[key.slice(5)];
    if (way) turn(...way);
    return !way;
  };
  still.classList.add("turned");
  still.after(canvas);
  new ResizeObserver(draw).observe(canvas);
  new MutationObserver(draw).observe(root, { attributeFilter: ["data-theme"] });
}
}
