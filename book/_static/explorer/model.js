/* The model of the book on one specimen. The formulas are those of fplib: gaussians.py, mixture.py,
   experts/base.py; their numbers are in the chapter on the derivation. */
(function () {
  "use strict";
  const explorer = (window.explorer = window.explorer || {});
  const LOG_2PI = Math.log(2 * Math.PI);

  const largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = (values) => values.reduce((a, b) => a + b, 0);

  explorer.softmax = function (logits) {
    const most = largest(logits), weights = logits.map((x) => Math.exp(x - most)), all = sum(weights);
    return weights.map((w) => w / all);
  };

  /** What one trained model can be asked; `told` is what book/analysis/weights.py wrote. */
  explorer.Model = class {
    constructor(told) {
      Object.assign(this, told);
      this.run = {};
      for (const [name, layers] of Object.entries(told.encoders)) this.run[name] = explorer.network(layers);
      this.decoder = told.decoder && explorer.network(told.decoder);
    }

    /** q(Z|X_i) of one measurement: mean and log-variance. */
    encode(name, x) {
      const [offset, scale] = this.scaling[name];
      const out = Array.from(this.run[name](x.map((value) => (value - offset) / scale)));
      const half = out.length / 2, bound = this.bound;
      const spread = out.slice(half).map((v) => (bound ? bound * Math.tanh(v / bound) : v));
      return { mean: out.slice(0, half), logVariance: spread };
    }

    /** The product of Gaussians: precisions add, means are averaged by them. */
    fuse(parts) {
      const mean = [], logVariance = [];
      for (let j = 0; j < this.latent; j++) {
        const logs = parts.map((q) => -q.logVariance[j]), most = largest(logs);
        const weights = explorer.softmax(logs);
        mean.push(sum(parts.map((q, i) => weights[i] * q.mean[j])));
        logVariance.push(-most - Math.log(sum(logs.map((x) => Math.exp(x - most)))));
      }
      return { mean, logVariance };
    }

    /** p(c|Z), the paper's responsibilities. */
    fromZ(z) {
      return explorer.softmax(this.logWeights.map((weight, c) => {
        let logit = weight;
        for (let j = 0; j < this.latent; j++) {
          const v = this.logVariances[c][j];
          logit -= 0.5 * (LOG_2PI + v + (z[j] - this.means[c][j]) ** 2 * Math.exp(-v));
        }
        return logit;
      }));
    }

    /** q*(c|X), the mean-field optimum; `curve` is null where none was measured. */
    meanField(q, curve) {
      return explorer.softmax(this.logWeights.map((weight, c) => {
        let logit = weight;
        for (let j = 0; j < this.latent; j++) {
          const v = this.logVariances[c][j];
          const square = (q.mean[j] - this.means[c][j]) ** 2 + Math.exp(q.logVariance[j]);
          logit -= 0.5 * (v + square * Math.exp(-v));
        }
        return logit + (curve ? this.logLikelihood(curve, c) : 0);
      }));
    }

    /** log p(X_i|c) of a curve under the expert of one cluster. */
    logLikelihood(curve, c) {
      const v = this.expertLogVariance[c];
      let square = 0;
      for (let k = 0; k < curve.length; k++) square += (curve[k] - this.curves[c][k]) ** 2;
      return -0.5 * (curve.length * (LOG_2PI + v) + square * Math.exp(-v));
    }

    /** Mean and standard deviation of the mixture of experts at every point of the curve. */
    moments(gamma) {
      const mean = this.t.map((_, k) => sum(gamma.map((g, c) => g * this.curves[c][k])));
      const deviation = mean.map((middle, k) => Math.sqrt(sum(gamma.map(
        (g, c) => g * (this.variances[c][k] + (this.curves[c][k] - middle) ** 2)))));
      return { mean, deviation };
    }

    /** Everything about a specimen; `seen` holds some measurements by name. */
    ask(seen) {
      const parts = {};
      for (const name of Object.keys(seen)) parts[name] = this.encode(name, seen[name]);
      return this.answer(parts, seen.curve || null);
    }

    /** The same from what the encoders said. */
    answer(parts, curve) {
      const q = this.fuse(Object.values(parts));
      const meanField = this.meanField(q, curve);
      return { parts, q, fromZ: this.fromZ(q.mean), meanField, curve: this.moments(meanField),
        image: this.decoder ? this.decoder(q.mean) : null };
    }
  };
})();
