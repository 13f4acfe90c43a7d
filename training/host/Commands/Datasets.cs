using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Sources;
using MnistAdder.Training.Data.Synthetic;
using MnistAdder.TrainingHost.Terminal;

namespace MnistAdder.TrainingHost.Commands;

/// <summary>The digits that the options ask for, with a progress bar while they are fetched or read.</summary>
internal static class Datasets
{
    private const int SyntheticTraining = 60_000;
    private const int SyntheticTest = 10_000;
    private const long SyntheticSeed = 1;

    /// <summary>Loads a training set and a test set.</summary>
    /// <param name="choice">What <c>--dataset</c> says.</param>
    /// <param name="folder">What <c>--data</c> says.</param>
    /// <param name="limit">The most synthetic digits that are used of either set.</param>
    /// <param name="outputs">The folders that the command is going to write to, and the options that name them.</param>
    /// <param name="verbosity">What is told meanwhile.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<DigitDataset> LoadAsync(DatasetChoice choice, string? folder, int limit, IReadOnlyList<(string Option, string? Folder)> outputs, Verbosity verbosity, CancellationToken stop)
    {
        var places = DatasetPlaces.FromEnvironment(Environment.GetEnvironmentVariable);
        string? named = choice == DatasetChoice.Synthetic ? null : folder ?? places.Folder;
        if (named is not null)
            RequireOutside(named, outputs);
        using var client = new HttpClient();
        var sources = new DatasetSources(places, new DownloadOptions(), client, cancel => DrawSynthetic(limit, cancel));
        var request = new DatasetRequest(choice, folder);
        return named is null
            ? await LoadingProgress.ShowDownloadsAsync(loading => sources.LoadAsync(request, loading), verbosity, stop)
            : await LoadingProgress.ShowPicturesAsync(loading => sources.LoadAsync(request, loading), verbosity, stop);
    }

    /// <summary>Loads the test set of a folder.</summary>
    /// <param name="folder">What an option says.</param>
    /// <param name="option">The option.</param>
    /// <param name="outputs">The folders that the command is going to write to, and the options that name them.</param>
    /// <param name="verbosity">What is told meanwhile.</param>
    /// <param name="stop">Ends it.</param>
    public static Task<DigitDataset> LoadTestAsync(string folder, string option, IReadOnlyList<(string Option, string? Folder)> outputs, Verbosity verbosity, CancellationToken stop)
    {
        RequireOutside(folder, outputs);
        return LoadingProgress.ShowPicturesAsync(loading => Task.FromResult(DigitFolder.Read(folder, option, isTest: true, loading)), verbosity, stop);
    }

    // What a run leaves beside classes of pictures would be taken for a class, and the run could not be resumed.
    private static void RequireOutside(string folder, IReadOnlyList<(string Option, string? Folder)> outputs)
    {
        if (!Directory.Exists(folder) || !PictureFolder.IsOne(folder))
            return;
        string root = Path.TrimEndingDirectorySeparator(RealPath(folder)) + Path.DirectorySeparatorChar;
        foreach ((string option, string? output) in outputs)
        {
            if (output is not null && (RealPath(output) + Path.DirectorySeparatorChar).StartsWith(root, StringComparison.Ordinal))
                throw new TrainingException($"{output} is within {folder}, whose folders are classes of pictures; choose another {option}.");
        }
    }

    // Without links: each folder on the way may be one.
    private static string RealPath(string path)
    {
        string full = Path.GetFullPath(path), root = Path.GetPathRoot(full)!;
        return full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(root, (folder, name) => AtomicFile.TargetOf(Path.Combine(folder, name)));
    }

    // The stand-in for MNIST: of the same size and always the same, and no more of it than is used.
    private static DigitDataset DrawSynthetic(int limit, CancellationToken stop) => new(
        ModelMetadata.SyntheticDataset,
        "drawn by this program",
        SyntheticDigits.Draw(Math.Min(limit, SyntheticTraining), SyntheticSeed, cancellation: stop),
        SyntheticDigits.Draw(Math.Min(limit, SyntheticTest), SyntheticSeed + 1, cancellation: stop));
}
