namespace MnistAdder.OnnxBatching.Devices;

/// <summary>Where a native library is.</summary>
/// <param name="Name">Its file name, for instance <c>libcudnn.so.9</c>.</param>
/// <param name="Path">Its file; null where it isn't found.</param>
/// <param name="IsLoadable">Whether the loader looks there: a library in a folder that it doesn't search is as good as none.</param>
internal sealed record LibraryLocation(string Name, string? Path, bool IsLoadable);
