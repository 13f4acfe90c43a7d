// The page: a board with strokes or a picture, a number, and the server's answer to both.

const byId = id => document.getElementById(id);
const canvas = byId("canvas"), pen = canvas.getContext("2d");
const seen = byId("seen");
const board = 560, penWidth = 40, step = 14; // in units of the board's own, whatever its size on the screen

// --- What is asked: strokes or a picture, and a number. Every change is a state of its own, to go back to. ---

let state = { strokes: [], picture: null };
const past = [];
let number = 5;
let stroke = null; // the one being drawn
const cursor = { x: board / 2, y: board / 2, shown: false };

const isEmpty = () => state.strokes.length === 0 && !state.picture;

function become(next) {
  past.push(state);
  state = next;
  changed();
}

function changed() {
  draw();
  byId("undo").disabled = past.length === 0;
  byId("clear").disabled = isEmpty();
  byId("hint").hidden = !isEmpty();
  ask();
}

function undo() {
  endStroke();
  if (past.length === 0) return;
  state = past.pop();
  changed();
}

function clear() {
  endStroke();
  if (!isEmpty()) become({ strokes: [], picture: null });
}

let pictures = 0;

async function takePicture(coming) {
  const mine = ++pictures;
  const blob = await coming;
  try {
    const bitmap = await createImageBitmap(blob);
    if (mine !== pictures) return; // a later one came first
    endStroke();
    become({ strokes: [], picture: { blob, bitmap } });
  } catch {
    say("That is no picture that this browser can show.");
  }
}

// --- The board ---

function draw() {
  const colors = getComputedStyle(canvas);
  pen.setTransform(canvas.width / board, 0, 0, canvas.height / board, 0, 0);
  pen.clearRect(0, 0, board, board);
  if (state.picture) {
    const { bitmap } = state.picture, scale = Math.min(board / bitmap.width, board / bitmap.height);
    const width = bitmap.width * scale, height = bitmap.height * scale;
    pen.imageSmoothingEnabled = scale < 4;
    pen.drawImage(bitmap, (board - width) / 2, (board - height) / 2, width, height);
  }
  drawStrokes(pen, colors.color);
  if (cursor.shown) {
    pen.beginPath();
    pen.arc(cursor.x, cursor.y, penWidth / 2, 0, 2 * Math.PI);
    pen.lineWidth = 4;
    pen.strokeStyle = colors.getPropertyValue("--accent");
    pen.stroke();
  }
}

function drawStrokes(target, color) {
  target.strokeStyle = color;
  target.lineWidth = penWidth;
  target.lineCap = target.lineJoin = "round";
  for (const points of state.strokes) {
    target.beginPath();
    target.moveTo(points[0].x, points[0].y);
    for (const point of points) target.lineTo(point.x, point.y);
    target.stroke();
  }
}

// As many pixels as the screen has there: strokes are sharp on any.
new ResizeObserver(() => {
  canvas.width = canvas.height = Math.round(canvas.clientWidth * devicePixelRatio);
  draw();
}).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

function beginStroke(point) {
  past.push(state);
  stroke = [point];
  state = { strokes: [...state.strokes, stroke], picture: null };
  changed();
}

function continueStroke(...points) {
  stroke.push(...points);
  changed();
}

function endStroke() {
  stroke = null;
}

const place = event => {
  const box = canvas.getBoundingClientRect();
  return { x: (event.clientX - box.left) * board / box.width, y: (event.clientY - box.top) * board / box.height };
};

canvas.addEventListener("pointerdown", event => {
  if (!event.isPrimary || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  cursor.shown = false;
  beginStroke(place(event));
});
canvas.addEventListener("pointermove", event => {
  if (!stroke || !canvas.hasPointerCapture(event.pointerId)) return;
  const parts = event.getCoalescedEvents?.() ?? [];
  continueStroke(...(parts.length > 0 ? parts : [event]).map(place));
});
for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(end, endStroke);

canvas.addEventListener("keydown", event => {
  const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (move) {
    cursor.x = Math.min(Math.max(cursor.x + step * move[0], penWidth / 2), board - penWidth / 2);
    cursor.y = Math.min(Math.max(cursor.y + step * move[1], penWidth / 2), board - penWidth / 2);
    cursor.shown = true;
    if (stroke) continueStroke({ x: cursor.x, y: cursor.y });
    else draw();
  } else if (event.key === " ") {
    cursor.shown = true;
    if (stroke) endStroke();
    else beginStroke({ x: cursor.x, y: cursor.y });
    draw();
  } else if (event.key === "Escape") {
    endStroke();
  } else {
    return;
  }
  event.preventDefault();
});
canvas.addEventListener("blur", () => {
  endStroke();
  cursor.shown = false;
  draw();
});

// --- Tools, pictures, numbers ---

byId("undo").addEventListener("click", undo);
byId("clear").addEventListener("click", clear);
byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", event => {
  if (event.target.files[0]) takePicture(event.target.files[0]);
  event.target.value = "";
});
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", async () => {
    try {
      await takePicture(fetch(`samples/${button.dataset.sample}.png`).then(response => response.blob()));
    } catch {
      say("The server isn't answering.", true);
    }
  });
}

const imageIn = transfer => [...(transfer?.files ?? [])].find(file => file.type.startsWith("image/"));
addEventListener("paste", event => {
  const image = imageIn(event.clipboardData);
  if (image) takePicture(image);
});
addEventListener("dragover", event => {
  event.preventDefault();
  byId("drop").classList.add("over");
});
addEventListener("dragleave", event => {
  if (!event.relatedTarget) byId("drop").classList.remove("over");
});
addEventListener("drop", event => {
  event.preventDefault();
  byId("drop").classList.remove("over");
  const image = imageIn(event.dataTransfer);
  if (image) takePicture(image);
  else say("That is no picture.");
});

const choices = document.createElement("div");
choices.className = "choices";
for (let digit = 0; digit < 10; digit++) {
  const label = document.createElement("label"), input = document.createElement("input"), text = document.createElement("span");
  Object.assign(input, { type: "radio", name: "number", value: digit, checked: digit === number });
  input.addEventListener("change", () => choose(digit));
  text.textContent = digit;
  label.append(input, text);
  choices.append(label);
}
byId("numbers").append(choices);

function choose(digit) {
  number = digit;
  choices.querySelectorAll("input")[digit].checked = true;
  byId("addend").textContent = digit;
  ask();
}

addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "z") { event.preventDefault(); undo(); }
  } else if (event.altKey) {
    return;
  } else if (/^[0-9]$/.test(event.key)) {
    choose(Number(event.key));
  } else if (event.key === "Backspace") {
    event.preventDefault();
    undo();
  } else if (event.key === "Delete") {
    clear();
  }
});

// --- The answer: one question at a time, and the latest one after it. ---

let asking = false, askAgain = false, retry = null, telling = null;
const patience = 40_000; // ms, longer than the server's own

async function ask() {
  if (asking) {
    askAgain = true;
    return;
  }
  clearTimeout(retry);
  if (isEmpty() || isDot()) {
    show(null);
    say(isEmpty() ? "Nothing is drawn yet." : "That is a dot so far.");
    return;
  }
  asking = true;
  askAgain = false;
  byId("equation").ariaBusy = true;
  try {
    const form = new FormData();
    form.append("number", number);
    form.append("image", state.picture?.blob ?? await drawing(), "digit");
    const began = performance.now();
    const response = await fetch("v1/predict?pixels=true", { method: "POST", body: form, signal: AbortSignal.timeout(patience) });
    const answer = await response.json();
    if (response.ok) {
      show(answer);
      byId("latency").textContent = `Answered in ${(performance.now() - began).toFixed(0)} ms.`;
      say(`Digit ${percent(answer.digit_confidence)} sure, sum ${percent(answer.sum_confidence)} sure.`);
    } else {
      show(null);
      say(answer.detail ?? `The server answered ${response.status}.`);
      if (response.status === 503) retry = setTimeout(ask, 1000);
    }
  } catch {
    show(null);
    say("The server isn't answering. Trying again…", true);
    retry = setTimeout(ask, 1000);
  } finally {
    asking = false;
    byId("equation").ariaBusy = false;
  }
  if (askAgain) ask();
}

// What every stroke begins as; there is nothing to ask about it.
const isDot = () => !state.picture && state.strokes.flat().every(({ x, y }) => Math.hypot(x - state.strokes[0][0].x, y - state.strokes[0][0].y) < penWidth / 2);

// Dark on light whatever the page's colours are.
function drawing() {
  const copy = new OffscreenCanvas(board, board), target = copy.getContext("2d", { willReadFrequently: true });
  target.fillStyle = "#ffffff";
  target.fillRect(0, 0, board, board);
  drawStrokes(target, "#14172a");
  return copy.convertToBlob({ type: "image/png" });
}

const percent = probability => `${(100 * probability).toFixed(1)} %`;

function say(text, isGone = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("gone", isGone);
  // Answers come with every movement of the pen. What is read aloud is the last one, once the pen rests.
  clearTimeout(telling);
  telling = setTimeout(() => {
    const equation = byId("digit").textContent === "?" ? "" : byId("equation").textContent.trim().replace(/\s+/g, " ") + ".";
    const told = [equation, text, byId("warning").textContent].filter(part => part).join(" ");
    if (byId("told").textContent !== told) byId("told").textContent = told;
  }, 800);
}

const least = 0.005; // of a probability that is shown and told

function bars(id, what, probabilities, best) {
  const target = byId(id), count = what === "digits" ? 10 : 19;
  if (target.children.length === 0) {
    for (let value = 0; value < count; value++) {
      const column = document.createElement("div"), track = document.createElement("div"), fill = document.createElement("div");
      column.className = "column";
      track.className = "track";
      fill.className = "fill";
      track.append(fill);
      column.append(track, value);
      target.append(column);
    }
  }
  [...target.children].forEach((column, value) => {
    const probability = probabilities?.[value] ?? 0;
    column.classList.toggle("best", value === best);
    column.title = probabilities ? `${value}: ${percent(probability)}` : "";
    column.querySelector(".fill").style.transform = `scaleY(${probability < least ? 0 : probability})`;
  });
  const told = probabilities?.map((probability, value) => [probability, value]).filter(([probability]) => probability >= least)
    .sort((one, other) => other[0] - one[0]).map(([probability, value]) => `${value} ${percent(probability)}`).join(", ");
  target.setAttribute("aria-label", `Probabilities of the ${what}: ${told ?? "none yet"}`);
}

function show(answer) {
  byId("digit").textContent = answer?.digit ?? "?";
  byId("sum").textContent = answer?.sum ?? "?";
  byId("warning").textContent = answer?.warning ? `Doubtful: ${answer.warning}.` : "";
  if (!answer) byId("latency").textContent = "";
  bars("digit-bars", "digits", answer?.digit_probability, answer?.digit);
  bars("sum-bars", "sums", answer?.sum_probability, answer?.sum);
  const image = new ImageData(28, 28);
  answer?.pixels.forEach((level, index) => image.data.set([level, level, level, 255], 4 * index));
  seen.getContext("2d").putImageData(image, 0, 0);
  seen.setAttribute("aria-label", `The 28 by 28 grey levels that the network was given: ${answer ? "the digit, light on dark" : "none yet"}`);
}

changed();
