using System.Diagnostics;
using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Sources;

namespace MnistAdder.Training.Tests.Data.Sources;

public sealed class DatasetSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TinyDigits _digits = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<string> _notices = [];

    private string Cache => _folder["cache"];

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(nameof(DatasetChoice.Auto))]
    [InlineData(nameof(DatasetChoice.Mnist))]
    public async Task A_named_folder_comes_before_everything_else(string choice)
    {
        _digits.WriteTo(_folder["option"]);
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DigitDataset dataset = await LoadAsync(new(Enum.Parse<DatasetChoice>(choice), _folder["option"]), mirror, environment: _folder["variable"]);

        Assert.Equal(_folder["option"], dataset.Source);
        Assert.Empty(mirror.Requests);
    }

    [Fact]
    public async Task The_environments_folder_comes_before_the_cache()
    {
        _digits.WriteTo(_folder["variable"]);
        _digits.WriteTo(Cache);
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Auto), mirror, environment: _folder["variable"]);

        Assert.Equal(_folder["variable"], dataset.Source);
        Assert.Empty(mirror.Requests);
    }

    [Fact]
    public async Task A_broken_folder_is_an_error_and_nothing_takes_its_place()
    {
        _digits.WriteTo(Cache);
        _digits.WriteTo(_folder["broken"]);
        File.Delete(Path.Combine(_folder["broken"], MnistFile.TestLabels.Stem));
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        Exception option = await Assert.ThrowsAsync<FileNotFoundException>(() => LoadAsync(new(DatasetChoice.Auto, _folder["broken"]), mirror));
        Assert.Equal($"The folder {_folder["broken"]}, which --data names, lacks t10k-labels-idx1-ubyte[.gz].", option.Message);

        Exception variable = await Assert.ThrowsAsync<FileNotFoundException>(
            () => LoadAsync(new(DatasetChoice.Auto), mirror, environment: _folder["broken"]));
        Assert.Equal($"The folder {_folder["broken"]}, which MNIST_DATA names, lacks t10k-labels-idx1-ubyte[.gz].", variable.Message);
        Assert.Empty(mirror.Requests);
    }

    [Fact]
    public async Task Other_digits_are_welcome_where_mnist_is_asked_for_but_are_not_called_so()
    {
        _digits.WriteTo(_folder["option"]);
        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Mnist, _folder["option"]));
        Assert.Equal([$"The digits in {_folder["option"]} are not MNIST's own; the data set is called {dataset.Name}."], _notices);
    }

    [Fact]
    public async Task What_is_in_the_cache_is_not_downloaded_again()
    {
        _digits.WriteTo(Cache);
        File.Delete(Path.Combine(Cache, MnistFile.TestLabels.Stem));
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DigitDataset first = await LoadAsync(new(DatasetChoice.Mnist), mirror);
        DigitDataset second = await LoadAsync(new(DatasetChoice.Mnist), mirror);

        Assert.Equal([MnistFile.TestLabels.Names[0]], mirror.Requests);
        Assert.Equal($"{Cache} and {mirror.Address.Authority}", first.Source);
        Assert.Equal(Cache, second.Source);
        Assert.Equal(first.Test.Labels.ToArray(), second.Test.Labels.ToArray());
        Assert.Empty(_notices);
    }

    [Fact]
    public async Task A_damaged_cached_file_is_downloaded_again_and_said_so()
    {
        _digits.WriteTo(Cache);
        string damaged = Path.Combine(Cache, MnistFile.TrainingImages.Stem);
        File.WriteAllBytes(damaged, _digits.Raw[MnistFile.TrainingImages.Stem][..^1]);
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Mnist), mirror);

        Assert.Equal(_digits.Raw[MnistFile.TrainingImages.Stem][16..], dataset.Training.Images.ToArray());
        Assert.Equal(
            [$"The cache is damaged and the file will be downloaded again: {damaged} is cut short: its header claims 3920 bytes of images and 3919 are there."],
            _notices);
        await LoadAsync(new(DatasetChoice.Mnist), mirror);
        Assert.Single(mirror.Requests);
    }

    [Fact]
    public async Task A_cached_file_with_other_content_counts_as_damaged()
    {
        _digits.WriteTo(Cache);
        string other = Path.Combine(Cache, MnistFile.TestLabels.Stem);
        File.WriteAllBytes(other, [0, 0, 8, 1, 0, 0, 0, 3, 7, 7, 7]);
        await using var mirror = new LocalMirror(LocalMirror.Status(404));

        Exception error = await Assert.ThrowsAsync<IOException>(() => LoadAsync(new(DatasetChoice.Mnist), mirror));

        Assert.Equal($"t10k-labels-idx1-ubyte.gz could not be downloaded ({mirror.Address.Authority}: answered 404 NotFound).", error.Message);
        Assert.Equal(
            [
                "The cache is damaged and the file will be downloaded again: "
                + $"{other} does not hold MNIST's t10k-labels-idx1-ubyte: the SHA-256 of its content differs.",
            ],
            _notices);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_does_not_stop_the_run()
    {
        _folder.Write("cache", [1]);
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Mnist), mirror);

        Assert.Equal(TinyDigits.TrainingCount, dataset.Training.Count);
        Assert.StartsWith($"The download can't be kept in {Cache} and will be needed again next time: ", Assert.Single(_notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_on_a_full_disk_keeps_only_whole_files()
    {
        using var disk = SmallDisk.MountOrSkip(Cache, pages: 2);
        disk.FillUpTo(pagesLeft: 1);
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Mnist), mirror);

        Assert.Equal(TinyDigits.TrainingCount, dataset.Training.Count);
        string[] files = [.. Directory.GetFiles(Cache).Select(path => Path.GetFileName(path)!).Order()];
        Assert.Equal(["filler", "train-images-idx3-ubyte.gz"], files);
        Assert.Equal(_digits.Served[files[1]], File.ReadAllBytes(disk[files[1]]));
        string refused = disk["train-labels-idx1-ubyte.gz"];
        Assert.Equal(
            $"The download can't be kept in {Cache} and will be needed again next time: '{refused}' can't be written: No space left on device.",
            Assert.Single(_notices));
    }

    [Fact]
    public async Task Auto_falls_back_to_synthetic_digits_loudly()
    {
        await using var mirror = new LocalMirror(LocalMirror.Status(404));

        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Auto), mirror);

        Assert.Same(TinyDigits.Synthetic, dataset);
        Assert.Equal(
            [
                "SYNTHETIC DIGITS are used in place of MNIST: train-images-idx3-ubyte.gz could not be downloaded "
                + $"({mirror.Address.Authority}: answered 404 NotFound). "
                + "For real ones, name a folder of the four files by --data or MNIST_DATA.",
            ],
            _notices);
    }

    [Fact]
    public async Task Mnist_never_falls_back()
    {
        await using var mirror = new LocalMirror(LocalMirror.Status(404));
        await Assert.ThrowsAsync<IOException>(() => LoadAsync(new(DatasetChoice.Mnist), mirror));
        Assert.Empty(_notices);
    }

    [Fact]
    public async Task Synthetic_touches_neither_the_network_nor_a_folder()
    {
        await using var mirror = new LocalMirror(LocalMirror.Files(_digits.Served));

        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Synthetic), mirror, environment: _folder["nowhere"]);

        Assert.Same(TinyDigits.Synthetic, dataset);
        Assert.Empty(mirror.Requests);
        Assert.Empty(_notices);
        Assert.False(Directory.Exists(Cache));
    }

    [Fact]
    public async Task Synthetic_digits_from_a_folder_are_a_contradiction()
    {
        Exception error = await Assert.ThrowsAsync<ArgumentException>(() => LoadAsync(new(DatasetChoice.Synthetic, "digits")));
        Assert.StartsWith("Synthetic digits are drawn, so --data digits can't be used for them.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Synthetic_digits_begin_within_the_deadline_where_every_connection_ends_in_a_black_hole()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux leaves a connection to a full queue without an answer.");
        await using var silent = new LocalMirror(LocalMirror.Silence);
        using var full = new FullBacklog();
        var options = new DownloadOptions
        {
            Mirrors = [silent.Address, full.Address],
            Deadline = TimeSpan.FromSeconds(2),
            FirstByte = TimeSpan.FromSeconds(0.4),
        };
        var watch = Stopwatch.StartNew();

        DigitDataset dataset = await LoadAsync(new(DatasetChoice.Auto), options);

        Assert.Same(TinyDigits.Synthetic, dataset);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.9, 5);
        Assert.Contains(
            $"({silent.Address.Authority}: silent for 0.4 s after 0 bytes; {full.Address.Authority}: silent for 0.4 s after 0 bytes; "
            + "no first byte came within 2 s)",
            Assert.Single(_notices),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_usual_deadline_leaves_synthetic_digits_time_to_begin_within_15_seconds() =>
        Assert.InRange(new DownloadOptions().Deadline.TotalSeconds, 1, 12);

    [Fact]
    public async Task Cancelling_a_download_leaves_nothing_behind()
    {
        using var cancellation = new CancellationTokenSource();
        await using var mirror = new LocalMirror(LocalMirror.Slow(_digits.Served, pieces: 2, TimeSpan.Zero, complete: false));
        var progress = new Listener(_ => cancellation.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Sources(Options(mirror)).LoadAsync(new(DatasetChoice.Auto), new Loading(_notices.Add, progress, Cancellation: cancellation.Token)));

        Assert.False(Directory.Exists(Cache));
        Assert.Empty(_notices);
    }

    private static DownloadOptions Options(LocalMirror? mirror) => new() { Mirrors = mirror is null ? [] : [mirror.Address] };

    private Task<DigitDataset> LoadAsync(DatasetRequest request, LocalMirror? mirror = null, string? environment = null) =>
        LoadAsync(request, Options(mirror), environment);

    private Task<DigitDataset> LoadAsync(DatasetRequest request, DownloadOptions options, string? environment = null) =>
        Sources(options, environment).LoadAsync(request, new Loading(_notices.Add, Cancellation: TestContext.Current.CancellationToken));

    private DatasetSources Sources(DownloadOptions options, string? environment = null) =>
        new(new DatasetPlaces(environment, Cache), options with { Files = _digits.Files }, _client, _ => TinyDigits.Synthetic);
}
