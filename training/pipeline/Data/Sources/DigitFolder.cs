namespace MnistAdder.Training.Data.Sources;

/// <summary>A folder of digits: of four IDX files, MNIST's own or others of that form, or of pictures.</summary>
internal static class DigitFolder
{
    /// <summary>Reads what there is.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="origin">Who named it, for the messages: an option or an environment variable.</param>
    /// <param name="isTest">Whether it is wanted as a test set.</param>
    /// <param name="loading">Who hears of it.</param>
    /// <returns>The digits under the name that their content deserves.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or it is a file.</exception>
    /// <exception cref="FileNotFoundException">One of the four files is missing, or there is nothing of either kind; the message says what was looked for.</exception>
    /// <exception cref="InvalidDataException">One of the four is broken, images and labels don't belong together, or a class lacks pictures.</exception>
    /// <exception cref="IOException">A file of the four, or a folder, can't be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DigitDataset Read(string folder, string origin, bool isTest, Loading loading)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                File.Exists(folder) ? $"{folder}, which {origin} names, is a file, not a folder." : $"The folder {folder}, which {origin} names, does not exist.");
        }

        MnistFile[] missing = [.. MnistFile.All.Where(file => file.Find(folder) is null)];
        if (missing.Length == MnistFile.All.Count)
        {
            return PictureFolder.IsOne(folder)
                ? PictureFolder.Read(folder, origin, isTest, loading)
                : throw new FileNotFoundException(
                    $"The folder {folder}, which {origin} names, holds neither MNIST's four files ({string.Join(", ", missing.Select(file => $"{file.Stem}[.gz]"))}) "
                    + $"nor pictures in a folder for each digit, named 0 to 9, or in such folders within train and test{PictureClasses.NamesIn(folder)}.");
        }

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
            using FileStream stream = RegularFile.OpenRead(path);
            return file.Read(stream, path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} can't be read: access is denied.", e);
        }
    }
}
