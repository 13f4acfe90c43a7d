namespace MnistAdder.Training.Data.Sources;

/// <summary>A folder of four IDX files: MNIST's own, or other digits of that form.</summary>
internal static class DigitFolder
{
    /// <summary>Reads the four files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="origin">Who named it, for the messages: an option or an environment variable.</param>
    /// <returns>The digits under the name that their content deserves.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">One of the four is missing; the message names it and the folder.</exception>
    /// <exception cref="InvalidDataException">One of the four is broken, or images and labels don't belong together.</exception>
    /// <exception cref="IOException">One of the four can't be read.</exception>
    public static DigitDataset Read(string folder, string origin)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder {folder}, which {origin} names, does not exist.");

        MnistFile[] missing = [.. MnistFile.All.Where(file => file.Find(folder) is null)];
        if (missing.Length > 0)
        {
            throw new FileNotFoundException(
                $"The folder {folder}, which {origin} names, lacks {string.Join(" and ", missing.Select(file => $"{file.Stem}[.gz]"))}.",
                Path.Combine(folder, missing[0].Stem));
        }

        return DigitFiles.Combine([.. MnistFile.All.Select(file => Read(file, file.Find(folder)!))], folder);
    }

    private static MnistFileContent Read(MnistFile file, string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return file.Read(stream, path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} can't be read: access is denied.", e);
        }
    }
}
