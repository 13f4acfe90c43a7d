namespace MnistAdder.Training.Data;

/// <summary>Where MNIST is downloaded from and how long that may take.</summary>
/// <remarks>
/// On a network that isn't there, connections into a black hole included, a download gives up after <see cref="Deadline"/>. From
/// the first byte on only silence ends it, so that a slow connection is waited for.
/// </remarks>
public sealed record DownloadOptions
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
