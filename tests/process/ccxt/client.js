// The exchange, used by a client library that is not ours and not changed: ccxt's Binance class,
// told where the exchange is by the options of its constructor alone.
//
// client.js INSTALLED URL KEY SECRET PART: prints "passed" where all that PART claims
// holds. INSTALLED: the directory that has it in its node_modules.
'use strict';

const assert = require('assert');
const http = require('http');

const [installed, url, apiKey, secret, part] = process.argv.slice(2);
const ccxt = require(require.resolve('ccxt', { paths: [installed] }));

// By itself it speaks https alone.
const agent = new http.Agent({ keepAlive: true });

function client(more = {}) {
  const api = `${url}/api/v3`;
  return new ccxt.binance({
    apiKey,
    secret,
    enableRateLimit: false,
    timeout: 20000,
    agent,
    urls: { api: { public: api, private: api } },
    options: {
      defaultType: 'spot',
      fetchMarkets: ['spot'],
      fetchCurrencies: false,
      fetchMargins: false,
    },
    ...more,
  });
}

const x = client();
const symbol = 'BTC/USDT';

/// The nearest price `percent` away from the best one, as the market writes it.
async function away(side, percent) {
  const { bid, ask } = await x.fetchTicker(symbol);
  return Number(x.priceToPrecision(symbol, side === 'buy' ? bid * (1 - percent / 100)
    : ask * (1 + percent / 100)));
}

async function refused(kind, request) {
  const error = await request.then(() => assert.fail(`not refused; ${kind.name} expected`),
    (e) => e);
  assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
  return error;
}

const parts = {
  async market() {
    const markets = await x.loadMarkets();
    assert.deepStrictEqual(Object.keys(markets).sort(), ['BTC/USDT', 'ETH/USDT']);
    const m = markets[symbol];
    assert.ok(m.spot && m.active && m.type === 'spot');
    assert.strictEqual(m.precision.price, 0.01);
    assert.strictEqual(m.precision.amount, 0.00001);
    assert.strictEqual(m.limits.cost.min, 5);
    assert.ok(Math.abs((await x.fetchTime()) - Date.now()) < 5000);

    const book = await x.fetchOrderBook(symbol, 5);
    assert.strictEqual(book.bids.length, 5);
    assert.ok(book.bids[0][0] < book.asks[0][0] && book.bids[0][0] > book.bids[1][0]);
    assert.ok(book.nonce > 0);

    // Nothing has traded yet.
    const before = await x.fetchTicker(symbol);
    assert.ok(before.bid <= before.last && before.last <= before.ask);
    assert.strictEqual(before.baseVolume, 0);
    assert.deepStrictEqual(await x.fetchTrades(symbol), []);

    const bought = await x.createOrder(symbol, 'market', 'buy', 0.02);
    const after = await x.fetchTicker(symbol);
    assert.strictEqual(after.baseVolume, 0.02);
    assert.strictEqual(after.open, bought.trades[0].price);
    assert.ok(Math.abs(after.quoteVolume - bought.cost) < 1e-9);
    assert.deepStrictEqual(Object.keys(await x.fetchTickers([symbol, 'ETH/USDT'])).sort(),
      ['BTC/USDT', 'ETH/USDT']);
    assert.strictEqual((await x.fetchBidsAsks([symbol]))[symbol].symbol, symbol);
    assert.strictEqual((await x.fetchLastPrices([symbol]))[symbol].price, after.last);

    const candles = await x.fetchOHLCV(symbol, '1m');
    assert.strictEqual(candles.reduce((sum, c) => sum + c[5], 0), 0.02);
    for (const fetchTradesMethod of ['publicGetAggTrades', 'publicGetTrades']) {
      const trades = await x.fetchTrades(symbol, undefined, 10, { fetchTradesMethod });
      assert.ok(trades.length > 0);
      assert.ok(trades.every((t) => t.side === 'buy' && t.symbol === symbol));
      assert.ok(Math.abs(trades.reduce((sum, t) => sum + t.amount, 0) - 0.02) < 1e-12);
    }
    assert.ok((await x.fetchTrades(symbol, Date.now() - 60000)).length > 0);
  },

  async orders() {
    await x.loadMarkets();
    const before = await x.fetchBalance();
    assert.strictEqual(before.USDT.total, 100000);

    const price = await away('buy', 10);
    const placed = await x.createOrder(symbol, 'limit', 'buy', 0.01, price,
      { clientOrderId: 'mine-1' });
    assert.strictEqual(placed.status, 'open');
    assert.strictEqual(placed.price, price);
    assert.strictEqual(placed.clientOrderId, 'mine-1');
    const held = await x.fetchBalance();
    assert.ok(Math.abs(held.USDT.used - 0.01 * price) < 0.01 * price * 0.01);
    assert.ok(Math.abs(held.USDT.total - 100000) < 1e-9);

    const asked = await x.fetchOrder(placed.id, symbol);
    assert.deepStrictEqual([asked.id, asked.status, asked.remaining, asked.timeInForce],
      [placed.id, 'open', 0.01, 'GTC']);
    assert.strictEqual((await x.fetchOrder(undefined, symbol, { clientOrderId: 'mine-1' })).id,
      placed.id);
    const open = await x.fetchOpenOrders(symbol);
    assert.deepStrictEqual(open.map((o) => o.id), [placed.id]);

    const bought = await x.createOrder(symbol, 'market', 'buy', 0.02);
    assert.strictEqual(bought.status, 'closed');
    assert.strictEqual(bought.filled, 0.02);
    assert.ok(bought.average > price && bought.trades.length > 0);
    const mine = await x.fetchMyTrades(symbol);
    const cost = mine.reduce((sum, t) => sum + t.cost, 0);
    assert.ok(Math.abs(cost - bought.cost) < 1e-6);
    assert.ok(mine.every((t) => t.order === bought.id && t.fee.currency === 'USDT'));
    const spent = cost + mine.reduce((sum, t) => sum + t.fee.cost, 0);
    const now = await x.fetchBalance();
    assert.strictEqual(now.BTC.total, before.BTC.total + 0.02);
    assert.ok(Math.abs(now.USDT.total - (100000 - spent)) < 1e-6);

    const canceled = await x.cancelOrder(placed.id, symbol);
    assert.deepStrictEqual([canceled.id, canceled.status], [placed.id, 'canceled']);
    assert.deepStrictEqual(await x.fetchOpenOrders(symbol), []);

    const post = await x.createOrder(symbol, 'limit', 'sell', 0.005, await away('sell', 10),
      { postOnly: true });
    const fok = await x.createOrder(symbol, 'limit', 'buy', 0.005, await away('buy', 10),
      { timeInForce: 'FOK' });
    assert.strictEqual(fok.status, 'expired');
    assert.deepStrictEqual((await x.cancelAllOrders(symbol)).map((o) => o.id), [post.id]);

    const all = await x.fetchOrders(symbol);
    assert.deepStrictEqual(all.map((o) => [o.id, o.status]), [[placed.id, 'canceled'],
      [bought.id, 'closed'], [post.id, 'canceled'], [fok.id, 'expired']]);
    assert.deepStrictEqual((await x.fetchClosedOrders(symbol)).map((o) => o.id), [bought.id]);
    assert.deepStrictEqual((await x.fetchCanceledOrders(symbol)).map((o) => o.id),
      [placed.id, post.id]);
  },

  async errors() {
    await x.loadMarkets();
    const price = await away('buy', 10);
    await refused(ccxt.InsufficientFunds, x.createOrder(symbol, 'limit', 'buy', 10, price));
    await refused(ccxt.InsufficientFunds, x.createOrder(symbol, 'market', 'sell', 50));
    await refused(ccxt.OrderNotFound, x.fetchOrder('4711', symbol));
    await refused(ccxt.OrderNotFound, x.cancelOrder('4711', symbol));
    await refused(ccxt.InvalidOrder, x.createOrder(symbol, 'limit', 'buy', 9001, price));
    await refused(ccxt.BadSymbol, x.publicGetDepth({ symbol: 'NOPEUSDT' }));
    const maker = x.createOrder(symbol, 'limit', 'buy', 0.01, await away('buy', -10),
      { postOnly: true });
    await refused(ccxt.OrderImmediatelyFillable, maker);

    await refused(ccxt.AuthenticationError, client({ apiKey: 'k'.repeat(64) }).fetchBalance());
    await refused(ccxt.AuthenticationError, client({ secret: 's'.repeat(64) }).fetchBalance());
    const late = client();
    late.nonce = () => Date.now() - 120000;
    await refused(ccxt.InvalidNonce, late.fetchBalance());
  },

  // Started with --order-limit 2.
  async limits() {
    await x.loadMarkets();
    const price = await away('buy', 10);
    // A window may end in between, and then as many again are taken.
    let taken = 0, busy = null;
    while (busy === null && taken < 5) {
      try {
        await x.createOrder(symbol, 'limit', 'buy', 0.001, price);
        ++taken;
      } catch (e) { busy = e; }
    }
    assert.ok(taken >= 2, String(taken));
    assert.ok(busy instanceof ccxt.DDoSProtection && busy instanceof ccxt.NetworkError &&
      busy.message.includes('-1015'), String(busy));
    assert.strictEqual((await x.fetchOpenOrders(symbol)).length, taken);
  },

  // Started with --error-rate 1.
  async unavailable() {
    const down = await refused(ccxt.OperationFailed, x.fetchTime());
    assert.ok(down.message.includes('-1001'), down.message);
  },
};

parts[part]().then(() => console.log('passed'), (e) => {
  console.error(e.stack || e);
  process.exit(1);
});
