using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Sources;

namespace MnistAdder.Training.Tests.Data.Sources;

public sealed class DigitFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TinyDigits _digits = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-idx", false)]
    [InlineData("-idx", true)]
    [InlineData(".idx", false)]
    [InlineData(".idx", true)]
    public void All_usual_names_are_found(string form, bool compressed)
    {
        foreach ((string stem, byte[] bytes) in _digits.Raw)
        {
            string name = stem.Replace("-idx", form, StringComparison.Ordinal);
            _folder.Write(compressed ? $"{name}.gz" : name, compressed ? TinyDigits.Gzip(bytes) : bytes);
        }

        DigitDataset dataset = Read(_folder.Path);

        Assert.Equal(TinyDigits.TrainingCount, dataset.Training.Count);
        Assert.Equal(TinyDigits.TestCount, dataset.Test.Count);
        Assert.Equal(_digits.Raw[MnistFile.TrainingImages.Stem][16..], dataset.Training.Images.ToArray());
        Assert.Equal(_digits.Raw[MnistFile.TestLabels.Stem][8..], dataset.Test.Labels.ToArray());
        Assert.Equal(_folder.Path, dataset.Source);
    }

    [Fact]
    public void Other_digits_are_named_by_their_content_however_they_are_stored()
    {
        _digits.WriteTo(_folder["raw"]);
        string name = Read(_folder["raw"]).Name;
        Assert.Matches("^idx-[0-9a-f]{12}$", name);

        Directory.CreateDirectory(_folder["compressed"]);
        foreach ((string file, byte[] bytes) in _digits.Served)
            File.WriteAllBytes(Path.Combine(_folder["compressed"], file), bytes);
        Assert.Equal(name, Read(_folder["compressed"]).Name);

        byte[] labels = [.. _digits.Raw[MnistFile.TestLabels.Stem]];
        labels[^1] = 9;
        File.WriteAllBytes(Path.Combine(_folder["raw"], MnistFile.TestLabels.Stem), labels);
        Assert.NotEqual(name, Read(_folder["raw"]).Name);
    }

    [Fact]
    public void The_real_files_are_named_mnist()
    {
        DigitDataset dataset = Read(RealMnist.FolderOrSkip(), "MNIST_DATA");

        Assert.Equal("mnist", dataset.Name);
        Assert.Equal(60_000, dataset.Training.Count);
        Assert.Equal(10_000, dataset.Test.Count);
        Assert.Equal([5, 0, 4, 1, 9], dataset.Training.Labels[..5].ToArray());
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named_with_who_named_it()
    {
        Exception error = Assert.Throws<DirectoryNotFoundException>(() => Read(_folder["nowhere"], "MNIST_DATA"));
        Assert.Equal($"The folder {_folder["nowhere"]}, which MNIST_DATA names, does not exist.", error.Message);

        File.WriteAllText(_folder["digits.zip"], "");
        Exception file = Assert.Throws<DirectoryNotFoundException>(() => Read(_folder["digits.zip"], "--data"));
        Assert.Equal($"{_folder["digits.zip"]}, which --data names, is a file, not a folder.", file.Message);
    }

    [Fact]
    public void A_folder_of_other_folders_is_refused_with_what_they_are_called()
    {
        foreach (string name in (string[])["zero", "one", "two", "three", "four", "five"])
            Directory.CreateDirectory(_folder[name]);
        Exception error = Assert.Throws<FileNotFoundException>(() => Read(_folder.Path));
        Assert.EndsWith("or in such folders within train and test (its folders are five, four, one, three, two …).", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_files_are_named_with_the_folder()
    {
        _digits.WriteTo(_folder.Path);
        File.Delete(_folder["t10k-labels-idx1-ubyte"]);
        Assert.Equal($"The folder {_folder.Path}, which --data names, lacks t10k-labels-idx1-ubyte[.gz].", MissingMessage());

        File.Delete(_folder["train-images-idx3-ubyte"]);
        Assert.Equal(
            $"The folder {_folder.Path}, which --data names, lacks train-images-idx3-ubyte[.gz] and t10k-labels-idx1-ubyte[.gz].",
            MissingMessage());

        string MissingMessage() => Assert.Throws<FileNotFoundException>(() => Read(_folder.Path)).Message;
    }

    [Fact]
    public void Images_and_labels_of_different_counts_are_refused()
    {
        _digits.WriteTo(_folder.Path);
        _folder.Write("t10k-labels-idx1-ubyte", TinyDigits.Labels(4));
        Assert.Equal(
            $"{_folder["t10k-images-idx3-ubyte"]} holds 3 images, but {_folder["t10k-labels-idx1-ubyte"]} holds 4 labels.",
            BrokenMessage());
    }

    [Fact]
    public void A_label_above_9_is_refused_with_its_position()
    {
        _digits.WriteTo(_folder.Path);
        string path = _folder.Write("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 5, 9, 0, 10, 11, 3]);
        Assert.Equal($"{path} has the label 10 at position 2, but digits are 0 to 9.", BrokenMessage());
    }

    [Theory]
    [InlineData("train-images-idx3-ubyte", "images")]
    [InlineData("train-labels-idx1-ubyte", "labels")]
    public void An_empty_set_is_refused(string name, string what)
    {
        _digits.WriteTo(_folder.Path);
        string path = _folder.Write(name, what == "images" ? TinyDigits.Images(0) : TinyDigits.Labels(0));
        Assert.Equal($"{path} holds no {what}.", BrokenMessage());
    }

    [Fact]
    public void Images_of_another_size_are_refused()
    {
        _digits.WriteTo(_folder.Path);
        string path = _folder.Write("t10k-images-idx3-ubyte", TinyDigits.Images(3, side: 32));
        Assert.Equal($"{path} holds images whose dimension 1 is 32, but it must be 28.", BrokenMessage());
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        _digits.WriteTo(_folder.Path);
        string path = _folder.Write("t10k-images-idx3-ubyte", TinyDigits.Images(3)[..^1]);
        Assert.Equal($"{path} is cut short: its header claims 2352 bytes of images and 2351 are there.", BrokenMessage());
    }

    private static DigitDataset Read(string folder, string origin = "--data") => DigitFolder.Read(folder, origin, isTest: false, new Loading(Assert.Fail));

    private string BrokenMessage() => Assert.Throws<InvalidDataException>(() => Read(_folder.Path)).Message;
}
