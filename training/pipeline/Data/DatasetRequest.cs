namespace MnistAdder.Training.Data;

/// <summary>Which digits a run asks for.</summary>
public enum DatasetChoice
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
/// <param name="Folder">A folder of four IDX files, which then is the only source; <see langword="null"/> for none.</param>
public sealed record DatasetRequest(DatasetChoice Choice, string? Folder = null);
