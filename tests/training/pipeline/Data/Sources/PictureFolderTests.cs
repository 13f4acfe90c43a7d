using MnistAdder.Training.Data;
using MnistAdder.Training.Data.Sources;
using MnistAdder.Training.Data.Synthetic;

namespace MnistAdder.Training.Tests.Data.Sources;

public sealed class PictureFolderTests : IDisposable
{
    private static readonly DigitSet s_digits = SyntheticDigits.Draw(200, seed: 3);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notices = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tenth_of_each_class_is_held_out_as_test_and_that_is_said()
    {
        WritePictures("", perClass: 20);

        DigitDataset dataset = Read();

        Assert.All(Enumerable.Range(0, 10), digit => Assert.Equal((18, 2), (dataset.Training.Labels.Count(label => label == digit), dataset.Test.Labels.Count(label => label == digit))));
        Assert.Equal($"{_folder.Path}, 180 pictures to learn from and 20 as test, held out: a tenth of each class, at least one", dataset.Source);
        Assert.Equal(Content(s_digits), Content(dataset.Training).Concat(Content(dataset.Test)).Order(StringComparer.Ordinal));
        Assert.Empty(_notices);
    }

    [Fact]
    public void Two_pictures_of_each_class_are_enough_and_one_is_not()
    {
        WritePictures("", perClass: 2);
        DigitDataset dataset = Read();
        Assert.Equal((10, 10), (dataset.Training.Count, dataset.Test.Count));
        Assert.Equal(10, dataset.Test.Labels.Distinct().Count());

        File.Delete(Directory.GetFiles(_folder["4"])[0]);
        Assert.Equal($"The folder {_folder.Path}, which --data names, has too few pictures: 4 has 1 that can be used, and 2 are needed.", Refusal());
    }

    [Fact]
    public void The_folders_train_and_test_are_the_two_sets()
    {
        WritePictures("train", perClass: 3);
        WritePictures("test", perClass: 1);
        DigitDataset dataset = Read();
        Assert.Equal((30, 10), (dataset.Training.Count, dataset.Test.Count));
        Assert.Equal((30, 10), (Read(isTest: true).Training.Count, Read(isTest: true).Test.Count));

        Directory.Delete(_folder["test"], recursive: true);
        Assert.Equal((20, 10), (Read().Training.Count, Read().Test.Count));
        Assert.Equal($"The folder {_folder.Path}, which --data names, holds train, but no test.", Refusal(isTest: true));
    }

    [Fact]
    public void A_folder_of_classes_is_a_test_set_as_a_whole_where_one_is_wanted()
    {
        WritePictures("", perClass: 1);
        DigitDataset dataset = Read(isTest: true);
        Assert.Equal((0, 10), (dataset.Training.Count, dataset.Test.Count));
    }

    [Fact]
    public void Every_stretch_of_a_set_has_each_digit_in_its_share()
    {
        WritePictures("", perClass: 20);
        DigitDataset dataset = Read();
        Assert.All(dataset.Training.Labels.Chunk(10), labels => Assert.Equal(10, labels.Distinct().Count()));
    }

    [Fact]
    public void The_name_is_that_of_the_digits_whatever_the_files_times_and_formats()
    {
        WritePictures("", perClass: 3);
        DigitDataset dataset = Read();
        Assert.Matches("^pictures-[0-9a-f]{12}$", dataset.Name);

        // Another name in the same place of the order.
        string file = Directory.GetFiles(_folder["5"]).Order(StringComparer.Ordinal).Last();
        File.SetLastWriteTimeUtc(file, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.Move(file, Path.ChangeExtension(file, ".jpeg"));
        _folder.Write("5/.hidden", []);
        Assert.Equal(dataset.Name, Read().Name);

        File.Copy(Directory.GetFiles(_folder["6"])[0], Path.ChangeExtension(file, ".jpeg"), overwrite: true);
        Assert.NotEqual(dataset.Name, Read().Name);
    }

    [Fact]
    public void The_name_has_the_hash_that_the_same_digits_have_as_four_files()
    {
        WritePictures("", perClass: 3);
        DigitDataset dataset = Read();
        Directory.CreateDirectory(_folder["idx"]);
        IdxFile.WriteImages(_folder["idx/train-images-idx3-ubyte"], [.. dataset.Training.Images]);
        IdxFile.WriteLabels(_folder["idx/train-labels-idx1-ubyte"], [.. dataset.Training.Labels]);
        IdxFile.WriteImages(_folder["idx/t10k-images-idx3-ubyte"], [.. dataset.Test.Images]);
        IdxFile.WriteLabels(_folder["idx/t10k-labels-idx1-ubyte"], [.. dataset.Test.Labels]);
        DigitDataset again = DigitFolder.Read(_folder["idx"], "--data", isTest: false, new Loading(Assert.Fail));
        Assert.Equal(dataset.Name["pictures".Length..], again.Name["idx".Length..]);
    }

    [Fact]
    public void Doubtful_pictures_are_learnt_from_and_counted_by_kind_and_named_to_who_wants_to_know()
    {
        WritePictures("", perClass: 3);
        Assert.DoesNotContain("doubtful", Read().Source, StringComparison.Ordinal);
        WriteStrokes(_folder["3/cut.png"], 18);
        WriteStrokes(_folder["4/two.png"], 4, 12);
        WriteStrokes(_folder["5/cut.png"], 18);

        var named = new List<string>();
        DigitDataset dataset = DigitFolder.Read(_folder.Path, "--data", isTest: false, new Loading(_notices.Add, Detail: named.Add));
        Assert.EndsWith("; 3 doubtful (several separate inks side by side: 1; ink touches the border: 2)", dataset.Source, StringComparison.Ordinal);
        Assert.Equal((23, 10), (dataset.Training.Count, dataset.Test.Count));
        Assert.Equal(
            [
                $"doubtful: {_folder["3/cut.png"]}: ink touches the border",
                $"doubtful: {_folder["4/two.png"]}: several separate inks side by side",
                $"doubtful: {_folder["5/cut.png"]}: ink touches the border",
            ],
            named);
        Assert.Empty(_notices);

        // Upright strokes of two pixels in a square of 20.
        static void WriteStrokes(string path, params int[] columns)
        {
            byte[] grey = new byte[400];
            foreach (int column in columns)
            {
                for (int row = 3; row < 17; row++)
                    grey.AsSpan((20 * row) + column, 2).Fill(255);
            }

            GreyPng.Write(path, grey, 20);
        }
    }

    [Fact]
    public void What_cannot_be_used_is_left_out_counted_and_named()
    {
        WritePictures("", perClass: 3);
        string name = Read().Name;
        GreyPng.Write(_folder["1/blank.png"], new byte[900], 30);
        GreyPng.Write(_folder["1/speck.png"], [255], 1);
        byte[] whole = File.ReadAllBytes(Directory.GetFiles(_folder["2"])[0]);
        _folder.Write("2/truncated.png", whole[..^40]);
        _folder.Write("3/notes.png", "These are no pixels."u8.ToArray());
        Directory.CreateDirectory(_folder["4/more.png"]);
        _folder.Write("readme.txt", []);
        File.CreateSymbolicLink(_folder["5/dangling.png"], _folder["nowhere"]);

        Assert.Equal(name, Read().Name);
        Assert.Equal(
            [
                $"warning: left out of {_folder.Path}, since they can't be used: 4 of 34 pictures",
                "  1/blank.png: the image shows no ink",
                "  1/speck.png: the image shows no ink",
                "  2/truncated.png: the image is truncated",
                "  5/dangling.png: the file is missing",
                $"warning: skipped in {_folder.Path}, since they are no pictures: 1 of 35 files, 3/notes.png",
                $"warning: not looked into, since they are inside the classes of {_folder.Path}: 1 of their folders, 4/more.png",
            ],
            _notices);
    }

    [Fact]
    public void A_pipe_and_links_that_lead_to_one_or_to_themselves_hold_nothing_up()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among its files.");
        WritePictures("", perClass: 2);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", _folder["0/a.png"]))
            mkfifo.WaitForExit();
        File.CreateSymbolicLink(_folder["0/b.png"], _folder["0/a.png"]);
        File.CreateSymbolicLink(_folder["0/c.png"], _folder["0/c.png"]);
        Assert.Equal(20, Read().Training.Count + Read().Test.Count);
        Assert.Equal(["  0/a.png: the file is empty", "  0/b.png: the file is empty"], _notices[1..3]);
        Assert.StartsWith("  0/c.png: the file can't be read", _notices[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_the_first_few_are_named()
    {
        WritePictures("", perClass: 2);
        for (int i = 0; i < 12; i++)
            _folder.Write($"0/{i:00}.png", []);
        Read();
        Assert.Equal(["  0/04.png: the file is empty", "  and 7 more"], _notices[^2..]);
    }

    [Fact]
    public void A_class_without_pictures_that_can_be_used_is_an_error_that_names_it()
    {
        WritePictures("", perClass: 2);
        Directory.Delete(_folder["7"], recursive: true);
        foreach (string file in Directory.GetFiles(_folder["8"]))
            File.WriteAllText(file, "no picture");
        foreach (string file in Directory.GetFiles(_folder["9"]))
            File.WriteAllBytes(file, []);
        string empty = Path.GetFileName(Directory.GetFiles(_folder["9"]).Order(StringComparer.Ordinal).First());
        Assert.Equal(
            $"The folder {_folder.Path}, which --data names, has too few pictures: there is no folder 7; 8 has none; 9 has none that can be used ({Path.Combine("9", empty)}: the file is empty).",
            Refusal());
    }

    [Theory]
    [InlineData("00")]
    [InlineData("ten")]
    public void A_folder_that_is_no_class_is_refused_by_name(string other)
    {
        WritePictures("", perClass: 2);
        Directory.CreateDirectory(_folder[other]);
        Assert.Equal(
            $"The folder {_folder.Path}, which --data names, holds '{other}', which is no class: there is one folder for each digit, named 0 to 9.", Refusal());
    }

    [Fact]
    public void Classes_beside_the_two_sets_are_refused()
    {
        WritePictures("train", perClass: 2);
        Directory.CreateDirectory(_folder["3"]);
        Assert.Equal(
            $"The folder {_folder.Path}, which --data names, holds '3' beside train; pictures are either all in train and test or all in folders 0 to 9.", Refusal());
    }

    [Fact]
    public void A_folder_of_neither_kind_is_told_what_was_looked_for()
    {
        Directory.CreateDirectory(_folder["cats"]);
        string message = Assert.Throws<FileNotFoundException>(() => Read()).Message;
        Assert.StartsWith($"The folder {_folder.Path}, which --data names, holds neither MNIST's four files (train-images-idx3-ubyte[.gz], ", message, StringComparison.Ordinal);
        Assert.EndsWith("nor pictures in a folder for each digit, named 0 to 9, or in such folders within train and test (its folders are cats).", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_a_picture_or_to_a_class_is_followed()
    {
        WritePictures("", perClass: 3);
        string name = Read().Name;
        Directory.Move(_folder["3"], _folder[".elsewhere"]);
        Directory.CreateSymbolicLink(_folder["3"], _folder[".elsewhere"]);
        string file = Directory.GetFiles(_folder["4"])[0];
        File.Move(file, _folder[".picture"]);
        File.CreateSymbolicLink(file, _folder[".picture"]);
        Assert.Equal(name, Read().Name);
    }

    [Fact]
    public void Progress_is_told_and_cancellation_is_heard()
    {
        WritePictures("", perClass: 20);
        LoadProgress? last = null;
        DigitFolder.Read(_folder.Path, "--data", isTest: false, new Loading(Assert.Fail, new Listener(progress => last = last?.Done > progress.Done ? last : progress)));
        Assert.Equal(new LoadProgress($"pictures in {_folder.Path}", 200, 200), last);
        Assert.ThrowsAny<OperationCanceledException>(
            () => DigitFolder.Read(_folder.Path, "--data", isTest: false, new Loading(Assert.Fail, Cancellation: new CancellationToken(canceled: true))));
    }

    // The first so many of each digit, with names that tell nothing of their order.
    private void WritePictures(string subfolder, int perClass)
    {
        int[] written = new int[10];
        for (int i = 0; i < s_digits.Count; i++)
        {
            byte digit = s_digits.Labels[i];
            if (written[digit]++ < perClass)
                GreyPng.Write(_folder[Path.Combine(subfolder, $"{digit}", $"{i * 7919 % 1000:000}.png")], s_digits.Image(i), MnistGeometry.Side);
        }
    }

    private static IEnumerable<string> Content(DigitSet digits) =>
        Enumerable.Range(0, digits.Count).Select(i => $"{digits.Labels[i]} {Convert.ToHexString(digits.Image(i))}").Order(StringComparer.Ordinal);

    private DigitDataset Read(bool isTest = false) => DigitFolder.Read(_folder.Path, "--data", isTest, new Loading(_notices.Add));

    private string Refusal(bool isTest = false) => Assert.Throws<InvalidDataException>(() => Read(isTest)).Message;
}
