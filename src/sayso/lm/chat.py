"""Any endpoint that speaks OpenAI's chat completions: a hosted one, vLLM, llama.cpp, Ollama, `transformers serve`.

    {name: chat, model: gpt-4.1-mini, max_cost: 5, prompt_price: 0.4, completion_price: 1.6}

The key comes from the environment (`OPENAI_API_KEY`) and goes into one header; it is in no option, no message and no file, and is taken out of
whatever the endpoint says. `OPENAI_BASE_URL` is the address where `base_url` is left out. One aiohttp session holds the connections;
`docs/decisions/020-aiohttp-for-calling.md` says why aiohttp.
"""

import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from sayso.artifacts import Progress
from sayso.errors import ConfigError, DataError
from sayso.lm._protocol import Answered, Given, LanguageModel, Reply, Request, language_models
from sayso.lm.calling import Calling
from sayso.lm.conversation import data_url, turns
from sayso.lm.engine import Pool
from sayso.lm.limits import Limits
from sayso.lm.trying import Again, Ended, Refused, retry_after_s
from sayso.seeds import derive

try:
    import aiohttp
except ImportError as missing:
    raise ConfigError(f"language model 'chat' needs {missing.name!r}; type: pip install 'sayso[lm]'") from missing

__all__ = ["Chat", "Endpoint"]

KEY, ADDRESS, HOSTED = "OPENAI_API_KEY", "OPENAI_BASE_URL", "https://api.openai.com/v1"
FOR_NOW = {408, 409, 425, 429}
LOOKS_LIKE_A_KEY = re.compile(r"\bsk-[\w*.-]{3,}")
SECRETS = re.compile(r"api.?key|authorization|secret|password", re.IGNORECASE)
MOST_SAID = 300
LONG_RUN = 16  # tokens


class Said(msgspec.Struct):
    """A message of a completion."""

    content: str | list[dict[str, Any]] | msgspec.UnsetType | None = msgspec.UNSET


class Choice(msgspec.Struct):
    """One of them; only the first is asked for."""

    message: Said
    finish_reason: str | None = None


class Usage(msgspec.Struct):
    """What it counted."""

    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0


class Told(msgspec.Struct):
    """What vLLM says of a token of the prompt."""

    logprob: float
    decoded_token: str | None = None


class Completion(msgspec.Struct):
    """The part of a chat completion that matters here; `prompt_logprobs` is vLLM's, a token id to what is said of it at each place."""

    choices: list[Choice]
    usage: Usage | None = None
    model: str | None = None
    prompt_logprobs: list[dict[int, Told] | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One model at one address, and how it is talked to."""

    model: str
    base_url: str
    timeout_s: float
    max_concurrency: int
    sampling: Mapping[str, Any]
    omit: frozenset[str]
    use_proxy: bool

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """The connections, with the key in their headers."""
        headers = {"Content-Type": "application/json"}
        if key := _key():
            headers["Authorization"] = f"Bearer {key}"
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.max_concurrency),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self.timeout_s),
            headers=headers,
            trust_env=self.use_proxy,
        ) as session:
            yield session

    async def ask(self, session: aiohttp.ClientSession, one: Request) -> Reply:
        """One try.

        Raises:
            Again: 429, 5xx, a timeout, a cut reply, or one that makes no sense.
            Refused: another 4xx, or a picture that cannot be sent.
            Ended: the key, the address or the model is refused, or the account is used up.
        """
        try:
            body = self.body(one)
        except DataError as error:
            raise Refused(str(error), at_home=True) from error
        try:
            async with session.post(f"{self.base_url}/chat/completions", data=body, allow_redirects=False) as response:
                status, wait, raw = response.status, response.headers.get("Retry-After"), await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Again(self._unreachable(error), unreachable=True) from None
        except TimeoutError:
            raise Again(f"no reply within {self.timeout_s:g} s", charged=True) from None
        except aiohttp.ClientError as error:  # without the cause: it holds the headers
            raise Again(f"the reply broke off ({type(error).__name__})", charged=True) from None
        if status == 200:
            return self._read(raw)
        raise self._refusal(status, raw, wait)

    def body(self, one: Request) -> bytes:
        """What is sent."""
        said = {
            "model": self.model,
            "messages": turns(one, image=data_url),
            "temperature": one.temperature,
            "top_p": one.top_p,
            "max_tokens": one.max_tokens,
            "seed": derive("call", one.seed, one.number) % 2**31,
            **self.sampling,
            **one.extra,
        }
        return msgspec.json.encode({name: value for name, value in said.items() if name not in self.omit})

    def _read(self, raw: bytes) -> Reply:
        try:
            found = msgspec.json.decode(raw.replace(key, b"***") if (key := _key().encode()) else raw, type=Completion)
            first = found.choices[0]
        except (msgspec.MsgspecError, UnicodeDecodeError, IndexError) as error:
            raise Again(f"the reply is no chat completion: {_hidden(str(error))}", charged=True) from None
        said = first.message.content
        if said is msgspec.UNSET:
            raise Again("the reply is no chat completion: its message has no content", charged=True)
        if isinstance(said, list):
            said = "".join(str(part.get("text", "")) for part in said)
        usage = found.usage or Usage()
        return Reply(
            text=said or "",
            finish={"stop": "stop", "length": "length"}.get(first.finish_reason or "", "other"),  # type: ignore[arg-type]
            prompt_tokens=usage.prompt_tokens or 0,
            completion_tokens=usage.completion_tokens or 0,
            model=found.model or self.model,
            given=_given(found.prompt_logprobs or []),
        )

    def _refusal(self, status: int, raw: bytes, wait: str | None) -> Exception:
        told = _hidden(raw.decode("utf-8", "replace"))
        said = f"{self.base_url} says {status}: {told}"
        if "insufficient_quota" in told or status == 402:
            return Ended(f"{said}; see to the account, and run again to go on")
        if status in FOR_NOW or status >= 500:
            return Again(said, after_s=retry_after_s(wait))
        if status in {401, 403}:
            return Ended(f"{said}; check the key: export {KEY}=...", only_first=status == 403)
        if status == 404:
            usual = "" if "/v1" in self.base_url else ", which mostly ends in /v1"
            return Ended(f"{said}; check model {self.model!r} and base_url (or {ADDRESS}){usual}", only_first=True)
        if status < 400:
            return Ended(f"{said}; set base_url to the address behind it", only_first=True)
        return Refused(said)

    def _unreachable(self, error: Exception) -> str:
        reason = getattr(getattr(error, "os_error", None), "strerror", None) or type(error).__name__
        return f"nothing answers at {self.base_url} ({_hidden(str(reason))}); start it, or set base_url (or {ADDRESS})"


@language_models.register("chat")
@dataclass(frozen=True, kw_only=True)
class Chat:
    """An endpoint's model and how it may be used: the options of a recipe.

    Raises:
        ConfigError: an option is wrong, or a hosted endpoint is to be asked without a key.
    """

    model: str
    base_url: str | None = None
    """Up to and with `/v1`; left out, OPENAI_BASE_URL, else OpenAI's own."""
    max_concurrency: int = 64
    max_requests_per_minute: float | None = None
    max_tokens_per_minute: float | None = None
    timeout_s: float = 120.0
    max_retries: int = 8
    backoff_s: float = 0.5
    """Before the first retry; doubled for each further one, up to a minute."""
    prompt_price: float = 0.0
    """Per million tokens, as is `completion_price`, in the currency of `max_cost`."""
    completion_price: float = 0.0
    max_cost: float | None = None
    """For all runs on one store together, as is `max_total_tokens`."""
    max_total_tokens: int | None = None
    top_p: float | None = None
    """In place of what a request says."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Further fields of every call, such as `{reasoning_effort: low}`."""
    omit: tuple[str, ...] = ()
    """Fields that the endpoint does not take, such as `seed` or `temperature`."""
    use_proxy: bool = False
    """Whether `HTTPS_PROXY` and its like are heeded."""

    def __post_init__(self) -> None:
        if self.max_concurrency < 1 or self.max_retries < 0 or not self.timeout_s > 0 or self.backoff_s < 0:
            raise ConfigError(
                f"max_concurrency {self.max_concurrency}, max_retries {self.max_retries}, timeout_s {self.timeout_s}, "
                f"backoff_s {self.backoff_s}: the first must be at least 1, timeout_s above 0, the others at least 0"
            )
        if secret := next(filter(SECRETS.search, self.extra), None):
            raise ConfigError(f"extra has {secret!r}: keys come from the environment only; export {KEY}=...")
        self._limits()
        self._address()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model

    def answer(self, requests: Iterable[Request]) -> Iterator[Answered]:
        """As `LanguageModel.answer`; the replies are stored for the time of this call only."""
        return self._calling(None, Progress()).answer(requests)

    def keeping(self, store: Path, *, progress: Progress, known_as: str | None = None) -> LanguageModel:
        """The same, with every reply in `store`; `known_as` says which model this is where its name and address do not."""
        return self._calling(store, progress, known_as=known_as)

    def _calling(self, store: Path | None, progress: Progress, *, known_as: str | None = None) -> Calling:
        address = self._address()
        if address == HOSTED and not _key():
            raise ConfigError(
                f"{HOSTED} needs a key; export {KEY}=..., or set base_url (or {ADDRESS}) to another endpoint"
            )
        sampling = {**({} if self.top_p is None else {"top_p": self.top_p}), **self.extra}
        endpoint = Endpoint(
            model=self.model,
            base_url=address,
            timeout_s=self.timeout_s,
            max_concurrency=self.max_concurrency,
            sampling=sampling,
            omit=frozenset(self.omit),
            use_proxy=self.use_proxy,
        )
        who = [self.model, address] if known_as is None else [known_as]
        identity = msgspec.json.encode(["chat", *who, sampling, sorted(self.omit)], order="deterministic")
        pool = Pool(
            max_concurrency=self.max_concurrency,
            max_retries=self.max_retries,
            backoff_s=self.backoff_s,
            limits=self._limits(),
        )
        return Calling(client=endpoint, name=self.model, identity=identity, pool=pool, store=store, progress=progress)

    def _limits(self) -> Limits:
        return Limits(**{name: getattr(self, name) for name in Limits.__dataclass_fields__})

    def _address(self) -> str:
        address = (self.base_url or os.environ.get(ADDRESS) or HOSTED).rstrip("/")
        parts = urlsplit(address)
        if parts.username or parts.password or parts.query:
            raise ConfigError(
                f"base_url of host {parts.hostname!r} has a user, a password or a query in it; export {KEY}=... instead"
            )
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"base_url {address!r} is no address; for example http://localhost:8000/v1")
        return address


def _given(places: list[dict[int, Told] | None]) -> tuple[Given, ...]:
    """One token a place; where a place has several, which of them was sent is not known, and nothing is."""
    told = [place for place in places[1:] if place]
    if len(told) != len(places) - 1 or any(len(place) != 1 for place in told):
        return ()
    tokens = [token for place in told for token in place.items()]
    runs = [list(run) for _, run in groupby(tokens, key=lambda pair: pair[0])]
    return tuple(one for run in runs for one in (_folded(run) if len(run) > LONG_RUN else map(_token, run)))


def _token(pair: tuple[int, Told]) -> Given:
    return Given(token=pair[0], logprob=pair[1].logprob, text=pair[1].decoded_token or "")


def _folded(run: list[tuple[int, Told]]) -> tuple[Given]:
    """The places of a picture are thousands, and stored with every reply."""
    return (msgspec.structs.replace(_token(run[0]), logprob=sum(said.logprob for _, said in run), times=len(run)),)


def _key() -> str:
    return os.environ.get(KEY, "").strip()


def _hidden(text: str) -> str:
    """What an endpoint says, on one line, not too long, and without the key or what looks like one."""
    key = _key()
    text = text.replace(key, "***") if key else text
    return " ".join(LOOKS_LIKE_A_KEY.sub("***", text).split())[:MOST_SAID]
