using System.CommandLine;
using System.Globalization;
using MnistAdder.OnnxExport;
using MnistAdder.OnnxExport.Networks;
using MnistAdder.OnnxExport.Tests.Tracing;
using Spectre.Console;

namespace MnistAdder.Benchmarks;

/// <summary><c>export</c>: what the exporter makes of networks as people write them.</summary>
internal static class ExportBenchmark
{
    public static System.CommandLine.Command Create()
    {
        var output = new Option<DirectoryInfo?>("--output") { Description = "Save the models here.", HelpName = "DIR" };
        var command = new System.CommandLine.Command("export", "Networks through the exporter: operations, nodes, seconds, and the greatest difference from the network.") { output };
        command.SetAction(parsed => Run(parsed.GetValue(output)));
        return command;
    }

    private static int Run(DirectoryInfo? output)
    {
        ReferenceKernels.Choose();
        output?.Create();
        Table table = new Table().AddColumns("network", "operations", "nodes", "seconds", "greatest difference");
        foreach (int column in Enumerable.Range(1, 3))
            table.Columns[column].RightAligned();
        bool failed = false;
        foreach (string name in Cases.All.Keys)
        {
            try
            {
                ExportedNetwork exported = ExportedNetwork.Of(name);
                if (output is not null)
                    exported.Model.Save(Path.Combine(output.FullName, $"{name.Replace(' ', '-')}.onnx"));
                Add(table, name, $"{exported.Operations}", $"{exported.Nodes}", exported.Seconds.ToString("F3", CultureInfo.InvariantCulture), exported.Difference.ToString("0.0e+0", CultureInfo.InvariantCulture));
            }
            catch (OnnxExportException refusal)
            {
                failed = true;
                Add(table, name, "", "", "", refusal.Message);
            }
        }

        AnsiConsole.Write(table);
        return failed ? 1 : 0;
    }

    private static void Add(Table table, params IEnumerable<string> cells) => table.AddRow([.. cells.Select(Markup.Escape)]);
}
