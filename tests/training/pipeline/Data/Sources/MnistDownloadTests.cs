using MnistAdder.Training.Data.Sources;

namespace MnistAdder.Training.Tests.Data.Sources;

public sealed class MnistDownloadTests : IDisposable
{
    private readonly TinyDigits _digits = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<LoadProgress> _progress = [];

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_good_file_arrives_whole_and_its_progress_is_told()
    {
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DownloadedFile file = await FetchAsync(MnistFile.TrainingImages, mirror);

        byte[] served = _digits.Served["train-images-idx3-ubyte.gz"];
        Assert.Equal(served, file.Bytes);
        Assert.Equal(_digits.Raw["train-images-idx3-ubyte"][16..], file.Content.Data);
        Assert.Equal(new LoadProgress("train-images-idx3-ubyte.gz", served.Length, served.Length), _progress[^1]);
    }

    [Fact]
    public async Task An_uncompressed_answer_is_as_good()
    {
        await using var mirror = new LocalMirror(Body(_digits.Raw["train-labels-idx1-ubyte"]));
        DownloadedFile file = await FetchAsync(MnistFile.TrainingLabels, mirror);
        Assert.Equal(_digits.Raw["train-labels-idx1-ubyte"][8..], file.Content.Data);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task A_refusal_is_final_for_that_mirror(int code)
    {
        await using var mirror = new LocalMirror(LocalMirror.Status(code));
        Assert.Contains($"answered {code} ", await FailureAsync(MnistFile.TestLabels, mirror), StringComparison.Ordinal);
        Assert.Single(mirror.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task A_passing_failure_is_asked_about_again(int code)
    {
        await using var mirror = new LocalMirror(request => request < 2 ? LocalMirror.Status(code) : LocalMirror.Files(_digits.Served));
        DownloadedFile file = await FetchAsync(MnistFile.TestLabels, mirror);
        Assert.Equal(TinyDigits.TestCount, file.Content.Data.Length);
        Assert.Equal(3, mirror.Requests.Count);
    }

    [Fact]
    public async Task A_mirror_that_keeps_failing_is_given_up_after_the_last_round()
    {
        await using var mirror = new LocalMirror(LocalMirror.Status(500));
        Assert.Equal(
            $"t10k-labels-idx1-ubyte.gz could not be downloaded ({mirror.Address.Authority}: answered 500 InternalServerError).",
            await FailureAsync(MnistFile.TestLabels, mirror));
        Assert.Equal(3, mirror.Requests.Count);
    }

    [Fact]
    public async Task The_second_mirror_is_asked_where_the_first_fails_and_stays_the_first_to_ask()
    {
        await using var broken = new LocalMirror(LocalMirror.Status(500));
        await using var good = new LocalMirror(LocalMirror.Files(_digits.Served));
        using MnistDownload download = Download(broken, good);

        DownloadedFile images = await download.FetchAsync(_digits.Files[0]);
        DownloadedFile labels = await download.FetchAsync(_digits.Files[1]);

        Assert.Equal([good.Address.Authority, good.Address.Authority], [images.Address.Authority, labels.Address.Authority]);
        Assert.Single(broken.Requests);
        Assert.Equal(2, good.Requests.Count);
    }

    [Fact]
    public async Task Other_content_than_MNISTs_is_refused_by_its_hash()
    {
        await using var mirror = new LocalMirror(Body(TinyDigits.Gzip([0, 0, 8, 1, 0, 0, 0, 3, 7, 7, 7])));
        Assert.Equal(
            $"t10k-labels-idx1-ubyte.gz could not be downloaded ({mirror.Address.Authority}: t10k-labels-idx1-ubyte.gz does not hold "
            + "MNIST's t10k-labels-idx1-ubyte: the SHA-256 of its content differs).",
            await FailureAsync(MnistFile.TestLabels, mirror));
        Assert.Single(mirror.Requests);
    }

    [Fact]
    public async Task A_corrupt_file_is_refused()
    {
        byte[] corrupt = [.. _digits.Served["train-images-idx3-ubyte.gz"]];
        corrupt[^5] ^= 1;
        await using var mirror = new LocalMirror(Body(corrupt));
        Assert.Contains(
            "train-images-idx3-ubyte.gz is damaged: its gzip data can't be decompressed)",
            await FailureAsync(MnistFile.TrainingImages, mirror),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_in_place_of_the_file_is_recognised_and_does_not_count_as_a_network()
    {
        await using var login = new LocalMirror(Body("<html>Please log in</html>"u8.ToArray()));
        await using var silent = new LocalMirror(LocalMirror.Silence);
        using MnistDownload download = Download(Quick with { FirstByte = TimeSpan.FromSeconds(30), Deadline = TimeSpan.FromSeconds(2) }, login, silent);

        Exception error = await Assert.ThrowsAsync<IOException>(() => download.FetchAsync(_digits.Files[0]));

        Assert.Equal(
            $"train-images-idx3-ubyte.gz could not be downloaded ({login.Address.Authority}: answered with something that is not an "
            + "IDX file; no first byte came within 2 s).",
            error.Message);
    }

    [Fact]
    public async Task More_bytes_than_the_file_can_have_are_not_taken()
    {
        byte[] endless = new byte[1 << 20];
        await using var mirror = new LocalMirror(Body(endless));
        Assert.Contains(
            "sent more than the 11 bytes that the file has uncompressed", await FailureAsync(MnistFile.TestLabels, mirror), StringComparison.Ordinal);
        Assert.InRange(_progress[^1].Done, 1, 1 << 17);
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_is_begun_again()
    {
        await using var mirror = new LocalMirror(request =>
            request == 0 ? LocalMirror.Truncated(_digits.Served, sent: 20) : LocalMirror.Files(_digits.Served));
        DownloadedFile file = await FetchAsync(MnistFile.TrainingImages, mirror);
        Assert.Equal(_digits.Served["train-images-idx3-ubyte.gz"], file.Bytes);
        Assert.Equal(2, mirror.Requests.Count);
    }

    [Fact]
    public async Task A_transfer_that_stalls_is_left_for_the_next_mirror()
    {
        await using var stalling = new LocalMirror(LocalMirror.Slow(_digits.Served, pieces: 2, TimeSpan.Zero, complete: false));
        await using var good = new LocalMirror(LocalMirror.Files(_digits.Served));
        using MnistDownload download = Download(stalling, good);
        DownloadedFile file = await download.FetchAsync(_digits.Files[0]);
        Assert.Equal(good.Address.Authority, file.Address.Authority);
    }

    [Fact]
    public async Task A_stall_is_told_with_its_length()
    {
        await using var mirror = new LocalMirror(LocalMirror.Slow(_digits.Served, pieces: 2, TimeSpan.Zero, complete: false));
        Assert.Contains("silent for 0.5 s after 16 bytes", await FailureAsync(MnistFile.TrainingImages, mirror), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_mirror_is_waited_for_long_after_the_deadline()
    {
        await using var mirror = new LocalMirror(LocalMirror.Slow(_digits.Served, pieces: 12, TimeSpan.FromSeconds(0.25), complete: true));
        using MnistDownload download = Download(Quick with { Deadline = TimeSpan.FromSeconds(2), Stall = TimeSpan.FromSeconds(10) }, mirror);
        DownloadedFile file = await download.FetchAsync(_digits.Files[0]);
        Assert.Equal(_digits.Served["train-images-idx3-ubyte.gz"], file.Bytes);
        Assert.Single(mirror.Requests);
    }

    [Fact]
    public async Task A_host_that_refuses_connections_is_told()
    {
        Uri gone;
        await using (var mirror = new LocalMirror(LocalMirror.Silence))
            gone = mirror.Address;
        using var download = new MnistDownload(_client, Quick with { Mirrors = [gone] }, progress: null, TestContext.Current.CancellationToken);
        Exception error = await Assert.ThrowsAsync<IOException>(() => download.FetchAsync(_digits.Files[0]));
        Assert.StartsWith(
            $"train-images-idx3-ubyte.gz could not be downloaded ({gone.Authority}: Connection refused", error.Message, StringComparison.Ordinal);
    }

    private static DownloadOptions Quick => new()
    {
        FirstByte = TimeSpan.FromSeconds(5),
        Stall = TimeSpan.FromSeconds(0.5),
        Pause = TimeSpan.FromMilliseconds(10),
    };

    private static Answer Body(byte[] bytes) => (connection, file, cancellation) =>
        LocalMirror.Files(new Dictionary<string, byte[]> { [file] = bytes })(connection, file, cancellation);

    private async Task<DownloadedFile> FetchAsync(MnistFile kind, LocalMirror mirror)
    {
        using MnistDownload download = Download(mirror);
        return await download.FetchAsync(_digits.Files.Single(file => file.Stem == kind.Stem));
    }

    private async Task<string> FailureAsync(MnistFile kind, LocalMirror mirror) =>
        (await Assert.ThrowsAsync<IOException>(() => FetchAsync(kind, mirror))).Message;

    private MnistDownload Download(params LocalMirror[] mirrors) => Download(Quick, mirrors);

    private MnistDownload Download(DownloadOptions options, params LocalMirror[] mirrors) => new(
        _client,
        options with { Mirrors = [.. mirrors.Select(mirror => mirror.Address)] },
        new Listener(_progress.Add),
        TestContext.Current.CancellationToken);
}
