using System.Diagnostics;
using MnistAdder.Server.Models;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Tests;

/// <summary>The queue by itself, with runs that the test lets go on: what users of other servers complained of.</summary>
public sealed class RequestQueueTests
{
    private static readonly TensorType s_int64 = TensorType.Named("INT64")!;

    [Fact]
    public async Task A_request_that_comes_alone_is_run_at_once()
    {
        using var runs = new Runs(new QueueOptions());
        await runs.Ask(rows: 1);
        Assert.Equal([1], runs.Sizes);
    }

    [Fact]
    public async Task What_comes_while_workers_are_busy_is_in_the_next_run()
    {
        using var runs = new Runs(new QueueOptions(), workers: 1);
        using (runs.Hold())
        {
            Task first = runs.Ask(1);
            await runs.Begun(1);
            Task[] others = [.. Enumerable.Range(0, 7).Select(_ => runs.Ask(1))];
            runs.LetGo();
            await Task.WhenAll([first, .. others]);
        }

        Assert.Equal([1, 7], runs.Sizes);
    }

    [Fact] // bentoml/BentoML #3710, #3859
    public async Task The_largest_batch_is_never_exceeded()
    {
        using var runs = new Runs(new QueueOptions { MaxBatch = 8 }, workers: 1);
        using (runs.Hold())
        {
            Task[] asked = [.. Enumerable.Range(0, 100).Select(i => runs.Ask(1 + (i % 5)))];
            runs.LetGo();
            await Task.WhenAll(asked);
        }

        Assert.All(runs.Sizes, size => Assert.InRange(size, 1, 8));
        Assert.Equal(Enumerable.Range(0, 100).Sum(i => 1 + (i % 5)), runs.Sizes.Sum());
    }

    [Fact] // SeldonIO/MLServer #1306, #1911, #903
    public async Task Replies_are_each_request_s_own_whatever_the_mixture()
    {
        using var runs = new Runs(new QueueOptions { MaxBatch = 7, MaxQueue = 2_000 }, workers: 4);
        var random = new Random(5);
        (long[] Rows, Task<Tensor[]> Answer)[] asked = [.. Enumerable.Range(0, 2_000).Select(i =>
        {
            long[] rows = [.. Enumerable.Range(0, 1 + random.Next(20)).Select(row => (i * 100L) + row)];
            return (rows, runs.Ask(rows, 1 + random.Next(2)));
        })];
        foreach ((long[] rows, Task<Tensor[]> answer) in asked)
            Assert.Equal(rows.Select(row => -row), Values(await answer));
    }

    [Fact]
    public async Task A_request_larger_than_a_batch_is_split_and_joined_in_order()
    {
        using var runs = new Runs(new QueueOptions { MaxBatch = 8 }, workers: 3);
        long[] rows = [.. Enumerable.Range(0, 1_003).Select(row => (long)row)];
        Tensor answer = Assert.Single(await runs.Ask(rows, 1));
        Assert.Equal([1_003, 1], answer.Shape);
        Assert.Equal(rows.Select(row => -row), Values([answer]));
        Assert.Equal(126, runs.Sizes.Count);
    }

    [Fact]
    public async Task A_large_request_lets_others_go_between_its_parts()
    {
        using var runs = new Runs(new QueueOptions { MaxBatch = 4 }, workers: 1);
        using (runs.Hold())
        {
            Task large = runs.Ask(400);
            await runs.Begun(1);
            Task small = runs.Ask(1);
            runs.LetGo();
            await small;
            await large;
            // Had the rest of the large one gone first, the small one's row would be in the last run.
            Assert.Equal(4, runs.Sizes[1]);
            Assert.Equal(1, runs.Sizes[^1]);
        }
    }

    [Fact]
    public async Task Only_compatible_shapes_share_a_run()
    {
        using var runs = new Runs(new QueueOptions(), workers: 1);
        using (runs.Hold())
        {
            Task first = runs.Ask([1], 3);
            await runs.Begun(1);
            Task[] others = [.. Enumerable.Range(0, 10).Select(i => (Task)runs.Ask([i], 1 + (i % 2)))];
            runs.LetGo();
            await Task.WhenAll([first, .. others]);
        }

        Assert.Equal([1, 5, 5], runs.Sizes);
    }

    [Fact] // SeldonIO/MLServer #1936
    public async Task A_wait_for_company_is_neither_cut_short_nor_too_long()
    {
        using var runs = new Runs(new QueueOptions { MaxWait = TimeSpan.FromMilliseconds(300) });
        await runs.Ask(1);
        Assert.InRange(runs.Waits[0].TotalMilliseconds, 299, 2_000);

        // One that comes later than another doesn't make that wait anew.
        Task first = runs.Ask(1);
        await Task.Delay(150, TestContext.Current.CancellationToken);
        await Task.WhenAll(first, runs.Ask(1));
        Assert.Equal(2, runs.Sizes[1]);
        Assert.InRange(runs.Waits[1].TotalMilliseconds, 299, 2_000);
    }

    [Fact]
    public async Task A_full_batch_does_not_wait()
    {
        using var runs = new Runs(new QueueOptions { MaxWait = TimeSpan.FromSeconds(60), MaxBatch = 4 });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => runs.Ask(1))).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact] // kserve/kserve #4247
    public async Task A_full_queue_is_an_error_of_its_own()
    {
        using var runs = new Runs(new QueueOptions { MaxQueue = 3 }, workers: 1);
        using (runs.Hold())
        {
            Task running = runs.Ask(1);
            await runs.Begun(1);
            Task[] waiting = [.. Enumerable.Range(0, 3).Select(_ => runs.Ask(1))];
            var full = await Assert.ThrowsAsync<ProtocolException>(() => runs.Ask(1));
            Assert.Equal(503, full.Status);
            runs.LetGo();
            await Task.WhenAll([running, .. waiting]);
        }
    }

    [Fact] // bentoml/BentoML #3200, #4265
    public async Task Nothing_is_refused_without_load()
    {
        using var runs = new Runs(new QueueOptions { MaxQueue = 1, Timeout = TimeSpan.FromMilliseconds(500) });
        for (int i = 0; i < 300; i++)
            await runs.Ask(1);
        await Task.Delay(600, TestContext.Current.CancellationToken);
        await runs.Ask(1);
    }

    [Fact]
    public async Task One_that_waits_too_long_is_told_so()
    {
        using var runs = new Runs(new QueueOptions { Timeout = TimeSpan.FromMilliseconds(50) }, workers: 1);
        using (runs.Hold())
        {
            Task running = runs.Ask(1);
            await runs.Begun(1);
            Task late = runs.Ask(1);
            // While the only worker is still at work.
            Assert.Equal(503, (await Assert.ThrowsAsync<ProtocolException>(() => late.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken))).Status);
            runs.LetGo();
            await running;
        }

        Assert.Equal([1], runs.Sizes);
    }

    [Fact]
    public async Task One_whose_client_is_gone_leaves_the_queue()
    {
        using var runs = new Runs(new QueueOptions(), workers: 1);
        using var gone = new CancellationTokenSource();
        using (runs.Hold())
        {
            Task running = runs.Ask(1);
            await runs.Begun(1);
            Task left = runs.AskUntil([1], 1, gone.Token), stays = runs.Ask(1);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
            runs.LetGo();
            await Task.WhenAll(running, stays);
        }

        Assert.Equal([1, 1], runs.Sizes);
    }

    [Fact]
    public async Task A_large_one_whose_client_is_gone_is_not_run_to_its_end()
    {
        using var runs = new Runs(new QueueOptions { MaxBatch = 2 }, workers: 1);
        using var gone = new CancellationTokenSource();
        using (runs.Hold())
        {
            Task large = runs.AskUntil([.. Enumerable.Range(0, 1_000).Select(row => (long)row)], 1, gone.Token);
            await runs.Begun(1);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
            runs.LetGo();
            await runs.Ask(1);
        }

        Assert.InRange(runs.Sizes.Count, 1, 3);
    }

    [Fact]
    public async Task Those_that_wait_when_it_closes_are_told_to_come_later()
    {
        var runs = new Runs(new QueueOptions(), workers: 1);
        using (runs.Hold())
        {
            Task running = runs.Ask(1);
            await runs.Begun(1);
            Task waiting = runs.Ask(1);
            runs.Dispose();
            Assert.Equal(503, (await Assert.ThrowsAsync<ProtocolException>(() => waiting)).Status);
            Assert.Equal(503, (await Assert.ThrowsAsync<ProtocolException>(() => runs.Ask(1))).Status);
            runs.LetGo();
            await running;
        }
    }

    private static IEnumerable<long> Values(Tensor[] outputs)
    {
        Tensor output = outputs[0];
        long[] values = new long[output.Data.Length / sizeof(long)];
        Buffer.BlockCopy(output.Data.ToArray(), 0, values, 0, output.Data.Length);
        return values.Where((_, i) => i % (int)output.Shape[1] == 0);
    }

    // A queue whose runs negate the first column of each row.
    private sealed class Runs : IDisposable
    {
        private readonly RequestQueue _queue;
        private readonly ManualResetEventSlim _gate = new(initialState: true);
        private readonly Lock _lock = new();
        private int _begun;

        public Runs(QueueOptions options, int workers = 2)
        {
            int maxBatch = options.MaxBatch == 0 ? 32 : options.MaxBatch;
            _queue = new RequestQueue(options, workers, () => maxBatch, Run);
        }

        public List<int> Sizes { get; } = [];

        public List<TimeSpan> Waits { get; } = [];

        public Task<Tensor[]> Ask(int rows) => Ask([.. Enumerable.Range(0, rows).Select(row => (long)row)], 1);

        public Task<Tensor[]> Ask(long[] rows, int width) => AskUntil(rows, width, CancellationToken.None);

        public Task<Tensor[]> AskUntil(long[] rows, int width, CancellationToken gone)
        {
            byte[] data = [.. rows.SelectMany(row => Enumerable.Repeat(BitConverter.GetBytes(row), width)).SelectMany(bytes => bytes)];
            return _queue.Run(new InferenceJob([new Tensor("x", s_int64, [rows.Length, width], data)], [0], rows.Length), gone);
        }

        public IDisposable Hold()
        {
            _gate.Reset();
            return new Held(this);
        }

        public void LetGo() => _gate.Set();

        public async Task Begun(int runs)
        {
            while (Volatile.Read(ref _begun) < runs)
                await Task.Delay(1);
        }

        public void Dispose() => _queue.Dispose();

        private void Run(IReadOnlyList<JobRows> parts)
        {
            lock (_lock)
            {
                Sizes.Add(parts.Sum(part => part.Count));
                Waits.Add(Stopwatch.GetElapsedTime(parts[0].Job.Came));
            }

            Interlocked.Increment(ref _begun);
            _gate.Wait();
            foreach (JobRows part in parts)
            {
                Tensor input = part.Job.Inputs[0];
                int width = (int)input.Shape[1];
                long[] values = new long[part.Count * width];
                Buffer.BlockCopy(input.Data.ToArray(), part.Start * width * sizeof(long), values, 0, values.Length * sizeof(long));
                byte[] negated = [.. values.SelectMany(value => BitConverter.GetBytes(-value))];
                part.Job.Complete(part.Start, part.Count, [new Tensor("y", s_int64, [part.Count, width], negated)]);
            }
        }

        // Whatever fails in between, no thread of the pool stays behind.
        private sealed class Held(Runs runs) : IDisposable
        {
            public void Dispose() => runs.LetGo();
        }
    }
}
