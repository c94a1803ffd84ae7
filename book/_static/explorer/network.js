/* Forward passes of small networks, as plain loops.

   A map is {data, shape: [rows, columns, channels]}; a vector has one row and one column. Kernels
   come as text, see book/analysis/weights.py: some characters a number, one scale a channel. */
(function () {
  "use strict";
  const explorer = (window.explorer = window.explorer || {});
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const CODE = new Uint8Array(128);
  for (let i = 0; i < 64; i++) CODE[ALPHABET.charCodeAt(i)] = i;

  /** Numbers 0 ... 63 of a text with one character each. */
  explorer.levels = (text) => Uint8Array.from(text, (character) => CODE[character.charCodeAt(0)]);

  /** A kernel: whole numbers of two or three characters each, zero in the middle, times the channel's scale. */
  explorer.kernel = function ({ text, shape, scale }) {
    const count = shape.reduce((a, b) => a * b), characters = text.length / count, half = 64 ** characters / 2;
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      let whole = 0;
      for (let k = i * characters; k < (i + 1) * characters; k++) whole = 64 * whole + CODE[text.charCodeAt(k)];
      values[i] = (whole - half) * scale[i % scale.length];
    }
    return values;
  };

  const ACTIVATION = {
    linear: null,
    relu: (x) => (x > 0 ? x : 0),
    elu: (x) => (x > 0 ? x : Math.expm1(x)),
    leaky: (x) => (x > 0 ? x : 0.01 * x),
  };

  function activated(map, name) {
    const f = ACTIVATION[name];
    if (f) for (let i = 0; i < map.data.length; i++) map.data[i] = f(map.data[i]);
    return map;
  }

  /** An empty map in which every channel begins at its bias. */
  function filled(shape, bias) {
    const data = new Float32Array(shape[0] * shape[1] * shape[2]);
    for (let i = 0; i < data.length; i += bias.length) data.set(bias, i);
    return { data, shape };
  }

  /** out[to ...] += sum over channels of x[from ...] times their rows of the kernel. */
  function accumulate(out, to, x, from, kernel, at, inputs, outputs) {
    for (let i = 0; i < inputs; i++, at += outputs) {
      const value = x[from + i];
      if (value !== 0) for (let o = 0; o < outputs; o++) out[to + o] += value * kernel[at + o];
    }
  }

  /** How many outputs along one side, and how many zeros before the first pixel, as TensorFlow pads. */
  function along(side, size, stride, same) {
    const count = same ? Math.ceil(side / stride) : Math.floor((side - size) / stride) + 1;
    return [count, same ? Math.max((count - 1) * stride + size - side, 0) >> 1 : 0];
  }

  const LAYERS = {
    reshape: (layer) => (x) => ({ data: x.data, shape: layer.shape }),

    dense: (layer) => {
      const kernel = explorer.kernel(layer.kernel), [inputs, outputs] = layer.kernel.shape;
      return (x) => {
        const out = filled([1, 1, outputs], layer.bias);
        accumulate(out.data, 0, x.data, 0, kernel, 0, inputs, outputs);
        return activated(out, layer.activation);
      };
    },

    /* batch normalisation at inference */
    affine: (layer) => (x) => {
      const data = new Float32Array(x.data.length), channels = layer.scale.length;
      for (let i = 0; i < data.length; i++) {
        data[i] = x.data[i] * layer.scale[i % channels] + layer.offset[i % channels];
      }
      return { data, shape: x.shape };
    },

    leaky: () => (x) => activated({ data: x.data.slice(), shape: x.shape }, "leaky"),

    convolution: (layer) => {
      const kernel = explorer.kernel(layer.kernel);
      const [high, wide, inputs, outputs] = layer.kernel.shape, [down, right] = layer.stride;
      return (x) => {
        const [rows, columns] = x.shape;
        const [h, top] = along(rows, high, down, layer.same);
        const [w, left] = along(columns, wide, right, layer.same);
        const out = filled([h, w, outputs], layer.bias);
        for (let r = 0; r < h; r++) for (let c = 0; c < w; c++)
          for (let i = 0; i < high; i++) for (let j = 0; j < wide; j++) {
            const y = r * down + i - top, z = c * right + j - left;
            if (y < 0 || y >= rows || z < 0 || z >= columns) continue;
            accumulate(out.data, (r * w + c) * outputs, x.data, (y * columns + z) * inputs,
              kernel, (i * wide + j) * inputs * outputs, inputs, outputs);
          }
        return activated(out, layer.activation);
      };
    },

    transposed: (layer) => {
      const kernel = explorer.kernel(layer.kernel);
      const [high, wide, inputs, outputs] = layer.kernel.shape, [down, right] = layer.stride;
      const top = Math.max(high - down, 0) >> 1, left = Math.max(wide - right, 0) >> 1;
      return (x) => {
        const [rows, columns] = x.shape, h = rows * down, w = columns * right;
        const out = filled([h, w, outputs], layer.bias);
        for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++)
          for (let i = 0; i < high; i++) for (let j = 0; j < wide; j++) {
            const y = r * down + i - top, z = c * right + j - left;
            if (y < 0 || y >= h || z < 0 || z >= w) continue;
            accumulate(out.data, (y * w + z) * outputs, x.data, (r * columns + c) * inputs,
              kernel, (i * wide + j) * inputs * outputs, inputs, outputs);
          }
        return activated(out, layer.activation);
      };
    },
  };

  /** A function from numbers to numbers that applies one layer after another. */
  explorer.network = function (layers) {
    const steps = layers.map((layer) => LAYERS[layer.kind](layer));
    return (values) => {
      let map = { data: Float32Array.from(values), shape: [1, 1, values.length] };
      for (const step of steps) map = step(map);
      return map.data;
    };
  };
})();
