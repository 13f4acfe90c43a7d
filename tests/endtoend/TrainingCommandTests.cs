using System.Globalization;
using System.Runtime.InteropServices;
using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

public sealed class TrainingCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Help_lists_every_option()
    {
        using RunningProgram help = RunningProgram.Run(Programs.TrainingHost, "--help");
        Assert.Equal(ExitCodes.Done, help.ExitCode);
        string[] options =
        [
            "--data", "--test-data", "--validation", "--dataset", "--recipe", "--epochs", "--batch-size", "--learning-rate", "--momentum", "--seed", "--device", "--threads",
            "--limit", "--output", "--no-gallery", "--tensorboard", "--resume", "--resume-from", "--overwrite", "--checkpoint-every", "--quiet", "--verbose",
        ];
        Assert.All(options, option => Assert.Contains($"{option} ", help.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--epochs 0", "--epochs is '0'; it must be a whole number from 1 to 10000.")]
    [InlineData("--epochs two", "--epochs is 'two'")]
    [InlineData("--batch-size 1", "--batch-size is '1'; it must be a whole number from 2")]
    [InlineData("--learning-rate -1", "--learning-rate is '-1'")]
    [InlineData("--learning-rate NaN", "--learning-rate is 'NaN'")]
    [InlineData("--learning-rate 0,01", "--learning-rate is '0,01'; it must be a number from 1E-09 to 100, with a point before its decimals.")]
    [InlineData("--momentum 1,000", "with a point before its decimals.")]
    [InlineData("--limit 1,000", "--limit is '1,000'; it must be a whole number from 2")]
    [InlineData("--momentum 1", "--momentum is '1'")]
    [InlineData("--seed -1", "--seed is '-1'")]
    [InlineData("--threads 0", "--threads is '0'")]
    [InlineData("--limit 1", "--limit is '1'")]
    [InlineData("--checkpoint-every 0", "--checkpoint-every is '0'")]
    [InlineData("--dataset cifar", "--dataset is 'cifar'; it must be auto, mnist or synthetic.")]
    [InlineData("--device gpu", "--device is 'gpu'; it must be auto, cpu or cuda.")]
    [InlineData("--recipe soup", "soup")]
    [InlineData("--quiet --verbose", "--quiet and --verbose exclude each other")]
    [InlineData("--dataset synthetic --data .", "can't be used with --data")]
    [InlineData("--frobnicate", "--frobnicate")]
    [InlineData("trian", "'trian' is no command. Did you mean 'train'?")]
    [InlineData("hlep", "Did you mean 'help'?")]
    [InlineData("version", "Did you mean '--version'?")]
    [InlineData("--Epochs 2", "Did you mean '--epochs'?")]
    [InlineData("-x", "'-x'. (")]
    [InlineData("export --resume-from 3 run", "'--resume-from' is no option")]
    [InlineData("import --recpe quick weights.safetensors", "'--recpe' is no option (a file of that name is ./--recpe). Did you mean '--recipe'?")]
    [InlineData("--data nowhere --epochs 1", "nowhere")]
    [InlineData("--dataset synthetic --limit 10 --test-data nowhere", "--test-data")]
    [InlineData("--validation 0", "--validation is '0'")]
    [InlineData("--dataset synthetic --limit 10 --validation 9", "at least two have to be left")]
    [InlineData("--resume --overwrite", "--resume and --overwrite exclude each other")]
    [InlineData("--resume-from -1", "--resume-from is '-1'")]
    [InlineData("--validation 5 --test-data nowhere", "--validation and --test-data exclude each other")]
    [InlineData("--dataset synthetic --limit 10 --tensorboard /dev/null/events", "/dev/null/events")]
    public void A_wrong_option_is_one_line_on_standard_error_and_exit_1(string arguments, string expected)
    {
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, [.. arguments.Split(' '), "--output", _folder["out"]]);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("sheet", "--columns", "1,0", "--columns is '1,0'; it must be a whole number from 1 to 200.")]
    [InlineData("samples", "--count", "0", "--count is '0'; it must be a whole number from 1 to 1000000.")]
    [InlineData("samples", "--seed", "1.5", "--seed is '1.5'; it must be a whole number")]
    public void A_wrong_number_of_another_command_is_one_line_too(string command, string option, string value, string expected)
    {
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, command, _folder["out"], option, value);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.StartsWith($"error: {expected}", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Cuda_without_a_usable_gpu_is_exit_1_and_says_what_is_missing()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "This machine has an NVIDIA device.");
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, "--device", "cuda");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("-p:Accelerator=cuda", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(character => character == '\n'));
    }

    [Fact]
    public void A_broken_data_folder_is_exit_1_and_nothing_else_is_tried()
    {
        File.WriteAllText(_folder["train-images-idx3-ubyte"], "this is no IDX file");
        foreach (string name in (string[])["train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
            File.WriteAllText(_folder[name], "");
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, "--data", _folder.Path);
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("train-images-idx3-ubyte", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("SYNTHETIC", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_folder_that_cannot_be_made_is_exit_1_with_its_name()
    {
        string file = _folder["file"];
        File.WriteAllText(file, "");
        using RunningProgram run = Train("--output", Path.Combine(file, "out"));
        run.WaitForExit();
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains(file, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_prints_nothing_and_leaves_everything()
    {
        using RunningProgram run = Train("--quiet", "--output", _folder.Path);
        run.WaitForExit();
        Assert.Equal((ExitCodes.Done, "", ""), (run.ExitCode, run.Output, run.Error));
        Assert.True(File.Exists(_folder["model.onnx"]));
    }

    [Theory]
    [InlineData(RunningProgram.Interrupt, ExitCodes.Interrupted)]
    [InlineData(RunningProgram.Terminate, ExitCodes.Terminated)]
    [InlineData(RunningProgram.Kill, 137)]
    public void A_run_stopped_by_a_signal_in_the_middle_of_an_epoch_resumes_to_the_same_bytes(int signal, int exitCode)
    {
        string unbroken = _folder["unbroken"], broken = _folder["broken"];
        using RunningProgram whole = Train("--output", unbroken);
        whole.WaitForExit();
        Assert.Equal(ExitCodes.Done, whole.ExitCode);

        using RunningProgram first = Train("--output", broken);
        first.WaitForFile(Path.Combine(broken, "checkpoint", "epoch-0001.safetensors"));
        first.Signal(signal);
        first.WaitForExit();
        Assert.Equal(exitCode, first.ExitCode);
        Assert.False(File.Exists(Path.Combine(broken, "model.onnx")));
        if (signal != RunningProgram.Kill)
            Assert.Contains("--resume", first.Output, StringComparison.Ordinal);

        using RunningProgram second = RunningProgram.Run(Programs.TrainingHost, "--dataset", "synthetic", "--limit", "1500", "--threads", "1", "--resume", "--output", broken);
        Assert.Equal(ExitCodes.Done, second.ExitCode);
        Assert.DoesNotContain("epoch   1", second.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(unbroken, "weights.safetensors")), File.ReadAllBytes(Path.Combine(broken, "weights.safetensors")));
    }

    [Fact]
    public void A_command_can_be_repeated_and_replaces_nothing_else_unasked()
    {
        string output = _folder["out"];
        string[] command = ["--dataset", "synthetic", "--limit", "60", "--epochs", "1", "--threads", "1", "--output", output];
        using RunningProgram first = RunningProgram.Run(Programs.TrainingHost, command);
        using RunningProgram again = RunningProgram.Run(Programs.TrainingHost, ["train", .. command]);
        Assert.Equal((ExitCodes.Done, ExitCodes.Done), (first.ExitCode, again.ExitCode));
        Assert.Contains($"the finished run of the same settings in {output} is replaced", again.Output, StringComparison.Ordinal);

        byte[] model = File.ReadAllBytes(Path.Combine(output, "model.onnx"));
        using RunningProgram other = RunningProgram.Run(Programs.TrainingHost, [.. command, "--seed", "2"]);
        Assert.Equal(
            (ExitCodes.Failed, $"error: {output} holds a finished run of other settings (seed 1, not 2): --resume with its own settings goes on with it, --overwrite replaces it, and --output names a fresh folder.\n"),
            (other.ExitCode, other.Error));
        Assert.Equal(model, File.ReadAllBytes(Path.Combine(output, "model.onnx")));

        using RunningProgram replacing = RunningProgram.Run(Programs.TrainingHost, [.. command, "--seed", "2", "--overwrite"]);
        using RunningProgram resumed = RunningProgram.Run(Programs.TrainingHost, [.. command, "--seed", "2", "--resume"]);
        Assert.Equal((ExitCodes.Done, ExitCodes.Done), (replacing.ExitCode, resumed.ExitCode));
        Assert.Contains($"the run in {output} is finished", resumed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--data")]
    [InlineData("--test-data")]
    [InlineData("--output")]
    [InlineData("--tensorboard")]
    public void An_empty_folder_name_is_refused(string option)
    {
        using RunningProgram run = RunningProgram.Run(Programs.TrainingHost, "--dataset", "synthetic", "--limit", "10", option, "");
        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains($"{option} is empty", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "PASSIVE")]
    [InlineData("ACTIVE", "ACTIVE")]
    public void Threads_sleep_while_they_wait_unless_the_user_says_otherwise(string asked, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has GNU's OpenMP runtime.");
        var variables = new Dictionary<string, string> { ["OMP_DISPLAY_ENV"] = "TRUE" };
        if (asked.Length > 0)
            variables["OMP_WAIT_POLICY"] = asked;
        using RunningProgram run = RunningProgram.Start(Programs.TrainingHost, ["layers"], variables);
        run.WaitForExit();
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains($"OMP_WAIT_POLICY = '{expected}'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_is_kept_from_step_to_step_unless_the_user_says_otherwise()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && !RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal), "Only glibc's malloc is set.");
        long kept = PageFaults([]), returned = PageFaults(new() { ["GLIBC_TUNABLES"] = "glibc.malloc.check=0" });
        Assert.InRange(kept, 1, 0.75 * returned);

        // Epochs enough for the steps' page faults to outweigh those of starting and drawing digits, which vary.
        // Field 11 of a process's stat: the page faults of the children that it waited for (proc(5)).
        long PageFaults(Dictionary<string, string> variables)
        {
            string train = $"dotnet '{Programs.TrainingHost}' --dataset synthetic --limit 3000 --epochs 6 --threads 1 --quiet --output '{_folder.Path}'";
            using RunningProgram run = RunningProgram.StartCommand("bash", ["-c", $"{train} && cut -d' ' -f11 /proc/$$/stat"], variables);
            run.WaitForExit();
            Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
            return long.Parse(run.Output, CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public void Real_mnist_is_named_mnist_and_learnt()
    {
        using RunningProgram run = RunningProgram.Run(
            Programs.TrainingHost, "--data", RealMnist.FolderOrSkip(), "--limit", "6000", "--epochs", "2", "--batch-size", "64", "--output", _folder.Path);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("data     mnist", run.Output, StringComparison.Ordinal);
        string result = run.Output.Split('\n').Single(line => line.StartsWith("result ", StringComparison.Ordinal));
        string digit = result[(result.IndexOf("digit ", StringComparison.Ordinal) + 6)..result.IndexOf('%', StringComparison.Ordinal)];
        Assert.InRange(double.Parse(digit, CultureInfo.InvariantCulture), 90, 100);
    }

    [Fact]
    public void Held_out_images_are_judged_on_in_place_of_the_test_images()
    {
        using RunningProgram run = RunningProgram.Run(
            Programs.TrainingHost, "--dataset", "synthetic", "--limit", "400", "--validation", "100", "--epochs", "1", "--output", _folder.Path);
        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("300 images", run.Output, StringComparison.Ordinal);
        Assert.Contains("agree on 1,000 pairs", run.Output, StringComparison.Ordinal);
        Assert.Contains("of the validation images", run.Output, StringComparison.Ordinal);
    }

    private static RunningProgram Train(params string[] arguments) => RunningProgram.Start(
        Programs.TrainingHost, ["--dataset", "synthetic", "--recipe", "seed", "--limit", "1500", "--epochs", "3", "--batch-size", "16", "--threads", "1", .. arguments]);
}
