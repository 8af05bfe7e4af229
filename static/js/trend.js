// A series of today's quarter-hours as the outline of a small chart: the same as app/pages/trend.py draws.

const BREADTH = 1000;
const HEIGHT = 300;
const FULL_SHARE = 100;
const DAYS_WORK = ["started", "closed", "open", "responses", "amount"];

// The path of an SVG; empty when there is nothing to draw.
export function trendPath(trend, series) {
  if (trend === undefined) return "";
  const first = firstAtWork(trend);
  const points = series === "csat" ? shareByThen(trend) : (trend[series] || []).map(Number);
  return outline(points.slice(first), series === "csat" ? FULL_SHARE : 0);
}

function firstAtWork(trend) {
  const first = trend.quarter.findIndex((_, quarter) => DAYS_WORK.some((series) => Number(trend[series][quarter]) !== 0));
  return first === -1 ? trend.quarter.length : first;
}

function shareByThen(trend) {
  let satisfied = 0;
  let responses = 0;
  return trend.quarter.map((_, quarter) => {
    satisfied += trend.satisfied[quarter];
    responses += trend.responses[quarter];
    return responses ? (FULL_SHARE * satisfied) / responses : null;
  });
}

// Steps, filled down to zero; what is not known leaves a hole.
function outline(points, top) {
  const known = points.filter((point) => point !== null);
  const highest = Math.max(top, ...known);
  const lowest = Math.min(0, ...known);
  if (highest === lowest) return "";

  const down = (value) => Math.floor((HEIGHT * (highest - value)) / (highest - lowest) + 0.5);
  const across = (place) => Math.floor((BREADTH * place) / points.length);
  return points
    .map((point, place) =>
      point === null ? "" : `M${across(place)} ${down(0)}V${down(point)}H${across(place + 1)}V${down(0)}Z`
    )
    .join("");
}
