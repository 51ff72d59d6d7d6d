// Where a visit is over, or has no item: what was written and not sent is kept no longer.

import * as draft from "./draft.js";
import { forgetAnswersOf } from "./unsent.js";

draft.forget();
const ended = document.querySelector("[data-ended]");
if (ended) forgetAnswersOf(ended.dataset.ended);
