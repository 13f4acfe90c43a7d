namespace MnistAdder.Training.Data.Sources;

/// <summary>
/// Gets digits from the first source that has them: a named folder, the user's cache, a download from public mirrors, and
/// synthetic digits drawn on the spot.
/// </summary>
/// <param name="places">The folder and the cache of this machine.</param>
/// <param name="download">Mirrors and times.</param>
/// <param name="client">Makes the requests; the caller's.</param>
/// <param name="drawSynthetic">Draws the synthetic digits.</param>
internal sealed class DatasetSources(
    DatasetPlaces places, DownloadOptions download, HttpClient client, Func<CancellationToken, DigitDataset> drawSynthetic)
{
    /// <summary>The option that names a folder, for messages.</summary>
    private const string FolderOption = "--data";

    /// <summary>Gets the digits that a run asks for.</summary>
    /// <param name="request">What it asks for. A named folder is the only source then: if it is broken, nothing takes its place.</param>
    /// <param name="loading">Who hears of it.</param>
    /// <returns>The digits.</returns>
    /// <exception cref="ArgumentException">Synthetic digits are asked for from a folder.</exception>
    /// <exception cref="FileNotFoundException">The named folder lacks one of the four files, or has neither these nor pictures.</exception>
    /// <exception cref="InvalidDataException">A file of the named folder is broken, or a class lacks pictures.</exception>
    /// <exception cref="IOException">
    /// The named folder isn't there or can't be read, or MNIST is asked for and neither cached nor to be downloaded.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<DigitDataset> LoadAsync(DatasetRequest request, Loading loading)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(loading);
        if (request.Choice == DatasetChoice.Synthetic)
        {
            return request.Folder is null
                ? drawSynthetic(loading.Cancellation)
                : throw new ArgumentException($"Synthetic digits are drawn, so {FolderOption} {request.Folder} can't be used for them.", nameof(request));
        }

        if (request.Folder is not null)
            return ReadFolder(request, request.Folder, FolderOption, loading);
        if (places.Folder is not null)
            return ReadFolder(request, places.Folder, DatasetPlaces.FolderVariable, loading);

        try
        {
            return await ReadOrDownloadAsync(loading);
        }
        catch (IOException e) when (request.Choice == DatasetChoice.Auto)
        {
            loading.Notice(
                $"SYNTHETIC DIGITS are used in place of MNIST: {e.Message} "
                + $"For real ones, name a folder of the four files by {FolderOption} or {DatasetPlaces.FolderVariable}.");
            return drawSynthetic(loading.Cancellation);
        }
    }

    private static DigitDataset ReadFolder(DatasetRequest request, string folder, string origin, Loading loading)
    {
        DigitDataset dataset = DigitFolder.Read(folder, origin, isTest: false, loading);
        if (request.Choice == DatasetChoice.Mnist && dataset.Name != DigitFiles.Mnist)
            loading.Notice($"The digits in {folder} are not MNIST's own; the data set is called {dataset.Name}.");
        return dataset;
    }

    private async Task<DigitDataset> ReadOrDownloadAsync(Loading loading)
    {
        var cache = new MnistCache(places.Cache, loading.Notice);
        var contents = new List<MnistFileContent>();
        var origins = new List<string>();
        MnistFileContent?[] cached = [.. download.Files.Select(cache.TryRead)];
        using var mirrors = new MnistDownload(client, download, loading.Progress, loading.Cancellation);
        foreach ((MnistFile file, MnistFileContent? known) in download.Files.Zip(cached))
        {
            if (known is not null)
            {
                contents.Add(known);
                origins.Add(places.Cache!);
                continue;
            }

            DownloadedFile downloaded = await mirrors.FetchAsync(file);
            cache.Keep(file, downloaded.Bytes);
            contents.Add(downloaded.Content);
            origins.Add(downloaded.Address.Authority);
        }

        return DigitFiles.Combine(contents, string.Join(" and ", origins.Distinct()));
    }
}

/// <summary>Which digits a run asks for.</summary>
internal enum DatasetChoice
{
    /// <summary>A named folder, the cache, a download, and synthetic digits where none of these works.</summary>
    Auto,

    /// <summary>As <see cref="Auto"/> without the synthetic digits: an error instead.</summary>
    Mnist,

    /// <summary>Synthetic digits only; neither the network nor a file is touched.</summary>
    Synthetic,
}

/// <summary>Where a run wants its digits from.</summary>
/// <param name="Choice">What may be used.</param>
/// <param name="Folder">A folder of four IDX files or of pictures, which then is the only source; <see langword="null"/> for none.</param>
internal sealed record DatasetRequest(DatasetChoice Choice, string? Folder = null);
