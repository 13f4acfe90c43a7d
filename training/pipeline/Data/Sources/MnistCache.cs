namespace MnistAdder.Training.Data.Sources;

/// <summary>The folder in which downloaded files are kept.</summary>
/// <param name="folder">The folder, which needn't exist; <see langword="null"/> where nothing can be kept.</param>
/// <param name="notice">Hears what people should know.</param>
internal sealed class MnistCache(string? folder, Action<string> notice)
{
    private bool _saidThatNothingIsKept;

    /// <summary>Reads one file.</summary>
    /// <param name="file">Which of the four.</param>
    /// <returns>Its content, or <see langword="null"/> if it isn't there or is damaged.</returns>
    public MnistFileContent? TryRead(MnistFile file)
    {
        if (folder is null || file.Find(folder) is not { } path)
            return null;
        try
        {
            using FileStream stream = RegularFile.OpenRead(path);
            return file.ReadOwn(stream, path);
        }
        catch (InvalidDataException e)
        {
            notice($"The cache is damaged and the file will be downloaded again: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notice($"The cached {path} can't be read and will be downloaded again: {e.Message}");
        }

        return null;
    }

    /// <summary>Keeps one file; where that can't be done, a notice says so and the run goes on.</summary>
    /// <param name="file">Which of the four.</param>
    /// <param name="bytes">The file as the mirror served it.</param>
    public void Keep(MnistFile file, byte[] bytes)
    {
        if (folder is null)
            return;
        try
        {
            string path = Path.Combine(folder, file.Names[0]);
            AtomicFile.RemoveAbandoned(path);
            AtomicFile.Write(path, stream => stream.Write(bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_saidThatNothingIsKept)
                notice($"The download can't be kept in {folder} and will be needed again next time: {e.Message}");
            _saidThatNothingIsKept = true;
        }
    }
}
