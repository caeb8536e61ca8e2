// The page's data (fas/report/content.py), with clips by number.

const DATA = JSON.parse(byId("content").textContent);

const CLIPS = (() => {
  const book = DATA.clips;
  let dataset = 0;
  return book.names.map((name, number) => {
    while (dataset + 1 < book.starts.length && book.starts[dataset + 1] <= number) dataset += 1;
    const kind = book.classes[book.class[number]];
    return { number, name, dataset: book.datasets[dataset], kind, live: kind === "live", instrument: book.instruments[book.instrument[number]] };
  });
})();

// The listed clips of a view, each with its score by a row.
function scoredClips(view, row) {
  const found = [];
  for (const [first, end] of view.clips) {
    for (let number = first; number < end; number += 1) found.push({ clip: CLIPS[number], score: row.scores[found.length] });
  }
  return found;
}

// Whether a clip is accepted as live at a threshold; without a score it is rejected.
function accepted(score, threshold) {
  return score !== null && score >= threshold;
}

// The normal deviate of a rate in percent, between the nodes that the report computed.
function deviate(rate) {
  const [rates, deviates] = DATA.axes.deviates;
  const last = rates.length - 1;
  if (rate <= rates[0]) return deviates[0];
  if (rate >= rates[last]) return deviates[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rates[middle] <= rate) low = middle;
    else high = middle;
  }
  return deviates[low] + ((rate - rates[low]) / (rates[high] - rates[low])) * (deviates[high] - deviates[low]);
}
