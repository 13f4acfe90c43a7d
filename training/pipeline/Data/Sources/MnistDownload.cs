using Polly;
using Polly.Retry;

namespace MnistAdder.Training.Data.Sources;

/// <summary>One visit to the mirrors, for one or more of the four files.</summary>
internal sealed class MnistDownload : IDisposable
{
    private const int BufferSize = 1 << 16;

    private readonly HttpClient _client;
    private readonly DownloadOptions _options;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _deadline;

    /// <summary>The mirrors, those that failed last at the end, so that a dead one costs its time once and not for each file.</summary>
    private readonly List<Uri> _mirrors;

    /// <summary>Starts the clock of <see cref="DownloadOptions.Deadline"/>.</summary>
    /// <param name="client">Makes the requests; the caller's.</param>
    /// <param name="options">Mirrors and times.</param>
    /// <param name="progress">Hears of every block received.</param>
    /// <param name="cancellation">Ends the visit.</param>
    public MnistDownload(HttpClient client, DownloadOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        _client = client;
        _options = options;
        _progress = progress;
        _cancellation = cancellation;
        _mirrors = [.. options.Mirrors];
        _deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _deadline.CancelAfter(options.Deadline);
    }

    /// <summary>Downloads one file and checks that it is MNIST's own.</summary>
    /// <param name="file">Which of the four.</param>
    /// <returns>The bytes as served and what they hold.</returns>
    /// <exception cref="IOException">No mirror gave it; the message says for each mirror why.</exception>
    /// <exception cref="OperationCanceledException">The visit was cancelled.</exception>
    public async Task<DownloadedFile> FetchAsync(MnistFile file)
    {
        var failures = new Dictionary<Uri, Failure>();
        try
        {
            return await RetryWhileHopeful(failures).ExecuteAsync(token => GoRoundAsync(file, failures, token), _deadline.Token)
                ?? throw NotDownloaded(file, failures, reason: null);
        }
        catch (OperationCanceledException) when (!_cancellation.IsCancellationRequested)
        {
            throw NotDownloaded(file, failures, $"no first byte came within {_options.Deadline.TotalSeconds:0.###} s");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _deadline.Dispose();

    private ResiliencePipeline<DownloadedFile?> RetryWhileHopeful(Dictionary<Uri, Failure> failures)
    {
        var builder = new ResiliencePipelineBuilder<DownloadedFile?>();
        if (_options.Rounds > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<DownloadedFile?>
            {
                ShouldHandle = new PredicateBuilder<DownloadedFile?>()
                    .HandleResult(result => result is null && failures.Values.Any(failure => !failure.IsFinal)),
                MaxRetryAttempts = _options.Rounds - 1,
                BackoffType = DelayBackoffType.Exponential,
                Delay = _options.Pause,
                UseJitter = true,
            });
        }

        return builder.Build();
    }

    /// <summary>Asks each mirror once.</summary>
    private async ValueTask<DownloadedFile?> GoRoundAsync(MnistFile file, Dictionary<Uri, Failure> failures, CancellationToken cancellation)
    {
        foreach (Uri mirror in _mirrors.ToArray())
        {
            if (failures.TryGetValue(mirror, out Failure? earlier) && earlier.IsFinal)
                continue;
            (DownloadedFile? downloaded, failures[mirror]) = await AskAsync(new Uri(mirror, file.Names[0]), file, cancellation);
            if (downloaded is not null)
                return downloaded;
            _mirrors.Remove(mirror);
            _mirrors.Add(mirror);
        }

        return null;
    }

    private async Task<(DownloadedFile? File, Failure Failure)> AskAsync(Uri address, MnistFile file, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_options.FirstByte);
        using var received = new MemoryStream();
        try
        {
            using HttpResponseMessage response = await _client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            if (!response.IsSuccessStatusCode)
                return (null, Refusal(response));
            await ReceiveAsync(response.Content, file, received, silence);
            MnistFileContent content = file.ReadOwn(received, file.Names[0]);
            return (new DownloadedFile(address, received.ToArray(), content), Failure.None);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            TimeSpan waited = received.Length == 0 ? _options.FirstByte : _options.Stall;
            return (null, new Failure($"silent for {waited.TotalSeconds:0.###} s after {received.Length} bytes", IsFinal: false));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, new Failure(e.Message, IsFinal: false));
        }
        catch (InvalidDataException e)
        {
            return (null, new Failure(e.Message, IsFinal: true));
        }
    }

    private static Failure Refusal(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        return new Failure($"answered {status} {response.ReasonPhrase}", IsFinal: status is < 500 and not 408 and not 429);
    }

    private async Task ReceiveAsync(HttpContent content, MnistFile file, MemoryStream received, CancellationTokenSource silence)
    {
        long? total = content.Headers.ContentLength;
        long most = file.ContentLength + BufferSize;
        byte[] buffer = new byte[BufferSize];
        using Stream body = await content.ReadAsStreamAsync(silence.Token);
        while (true)
        {
            int count = await body.ReadAsync(buffer, silence.Token);
            if (count == 0)
                return;
            received.Write(buffer, 0, count);
            if (received.Length > most)
                throw new InvalidDataException($"sent more than the {file.ContentLength} bytes that the file has uncompressed");
            if (received.Length >= 2)
            {
                // A login page that answers for every address is not the network that was asked for.
                if (received.GetBuffer().AsSpan(0, 2) is not ([0x1f, 0x8b] or [0, 0]))
                    throw new InvalidDataException("answered with something that is not an IDX file");
                _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            silence.CancelAfter(_options.Stall);
            _progress?.Report(new LoadProgress(file.Names[0], received.Length, total));
        }
    }

    private static IOException NotDownloaded(MnistFile file, Dictionary<Uri, Failure> failures, string? reason)
    {
        IEnumerable<string> reasons = failures.Select(failure => $"{failure.Key.Authority}: {failure.Value.Reason.TrimEnd('.')}");
        if (reason is not null)
            reasons = reasons.Append(reason);
        return new IOException($"{file.Names[0]} could not be downloaded ({string.Join("; ", reasons)}).");
    }

    /// <summary>Why a mirror did not give a file, and whether asking again is pointless.</summary>
    private sealed record Failure(string Reason, bool IsFinal)
    {
        public static Failure None { get; } = new("", IsFinal: false);
    }
}

/// <summary>Where MNIST is downloaded from and how long that may take.</summary>
/// <remarks>
/// On a network that isn't there, connections into a black hole included, a download gives up after <see cref="Deadline"/>. From
/// the first byte on only silence ends it, so that a slow connection is waited for.
/// </remarks>
internal sealed record DownloadOptions
{
    /// <summary>Folders of the files, each ending in a slash; tried in this order.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } =
    [
        new("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        new("https://storage.googleapis.com/cvdf-datasets/mnist/"),
    ];

    /// <summary>The four files that the mirrors serve and their hashes, in the order of <see cref="MnistFile.All"/>.</summary>
    public IReadOnlyList<MnistFile> Files { get; init; } = MnistFile.All;

    /// <summary>Time without a first byte from any mirror after which the network counts as absent.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that one attempt has until its first byte: resolving, connecting, the answer's head.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Silence within a file after which the attempt counts as failed.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often the whole list of mirrors is gone through for one file, 1 or more.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>The pause before the second round; it doubles for each further one.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>A file from a mirror that has been checked.</summary>
/// <param name="Address">Where it came from.</param>
/// <param name="Bytes">The file as it was served.</param>
/// <param name="Content">What it holds.</param>
internal sealed record DownloadedFile(Uri Address, byte[] Bytes, MnistFileContent Content);
