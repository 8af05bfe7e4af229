// Which channels a list has room for: all, else those with something open, else the fullest of them. As in
// app/pages/reading.py.

const ROWS = 8;

export function seenChannels(channels, counts) {
  if (channels.length <= ROWS) return new Set(channels);
  const busy = channels.filter((channel) => counts[channel]);
  if (busy.length <= ROWS) return new Set(busy);
  const place = (channel) => channels.indexOf(channel); // sorting keeps no order of equals before Chromium 70
  return new Set(busy.sort((one, other) => counts[other] - counts[one] || place(one) - place(other)).slice(0, ROWS - 1));
}
